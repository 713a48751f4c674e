using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Screens;

/// <summary>
/// Every page and dialog in both themes: WCAG 2.2 AA by axe, nothing wider than the window, no console error, no request to another host.
/// Takes minutes, so it runs apart from the other tests. <c>FT_LOOK=folder</c> also writes a picture of each.
/// </summary>
public sealed class EveryScreenTests
{
    private const string Email = "admin@example.test";
    private const string Password = "correct horse battery staple";

    private static readonly string[] Strangers =
        ["/account/sign-in", "/account/invitation", "/account/forgotten", "/account/new-password", "/account/setup", "/account/code", "/account/single-sign-on/done", "/help/api-keys", "/nothing-here"];

    private static readonly string[] OfAKey = ["", "?tab=usage", "?tab=requests", "?tab=history", "/incident"];

    // A narrow screen leaves columns out, and some people have fewer; where rows are cards, there are no columns.
    private const string HeadingsAstray = """
        (() => {
          const shown = row => [...row.cells].flatMap(cell => Array(cell.colSpan).fill(getComputedStyle(cell).display !== "none")).join();
          return [...document.querySelectorAll("main table")].some(table => {
            const row = table.tBodies[0]?.rows[0];
            return table.tHead && row && getComputedStyle(row).display === "table-row" && shown(table.tHead.rows[0]) !== shown(row);
          });
        })()
        """;

    private static readonly int[] Widths = [360, 768, 1000, 1280, 1920];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData(ColorScheme.Light, PortalRole.Administrator, true)]
    [InlineData(ColorScheme.Dark, PortalRole.Administrator, true)]
    [InlineData(ColorScheme.Light, PortalRole.Administrator, false)]
    [InlineData(ColorScheme.Dark, PortalRole.Operator, true)]
    [InlineData(ColorScheme.Light, PortalRole.Viewer, true)]
    public async Task Pages_can_be_used_by_everybody_at_every_size(ColorScheme scheme, PortalRole role, bool full)
    {
        await using var app = Start();
        var key = full ? await FillAsync(app) : null;
        var email = role == PortalRole.Administrator ? Email : $"{role}@example.test";
        if (role != PortalRole.Administrator)
        {
            (await app.Get<UserService>().AddAsync(new NewUser(email, Password, role), Caller.CommandLine, Cancel)).Require();
        }

        await using var browser = await Browser.StartAsync(AddressOf(app), scheme: scheme);
        var look = $"{scheme}-{role}-{(full ? "full" : "empty")}".ToLowerInvariant();
        var faults = new List<string>();
        if (role == PortalRole.Administrator)
        {
            await VisitAsync(browser, Strangers, look + "-stranger", faults);
        }

        // A page that is not there is answered 404, a link that no longer works 410, which the console notes; everything else must be quiet.
        Assert.All(browser.Troubles, trouble => Assert.Matches("404|410", trouble));
        var quiet = browser.Troubles.Count;
        await browser.SignInAsync(email, Password);
        await browser.Page.WaitForURLAsync("**/settings/api-keys");
        await VisitAsync(browser, Pages(key, role), look, faults);

        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.Empty(browser.Troubles.Skip(quiet));
    }

    [Theory(Explicit = true)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Dialogs_can_be_used_by_everybody(ColorScheme scheme)
    {
        await using var app = Start();
        var key = await FillAsync(app);
        (await app.Get<UserService>().AddAsync(new NewUser("operator@example.test", Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        var details = $"/settings/api-keys/{key.Key.Id}";
        (string Page, string[] Buttons)[] dialogs =
        [
            ("/settings/api-keys", ["Create API Key"]),
            ("/settings/api-keys", ["Keyboard shortcuts"]),
            (details, ["Edit"]), (details, ["Regenerate"]), (details, ["Revoke"]),
            (details, ["More actions", "Report compromised"]), (details, ["More actions", "Delete"]), (details, ["More actions", "Duplicate"]),
            ("/workspace/flows", ["New flow"]), ("/settings/connections", ["New connection"]),
            ("/settings/alerts?tab=rules", ["Add rule for a key"]), ("/settings/alerts?tab=delivery", ["Add webhook"]),
            ("/settings/users", ["Invite"]), ("/settings/users", ["Disable operator@example.test"]), ("/settings/users", ["New password for operator@example.test"]),
        ];
        await using var browser = await Browser.StartAsync(AddressOf(app), scheme: scheme);
        await browser.SignInAsync(Email, Password);
        await browser.Page.WaitForURLAsync("**/settings/api-keys");
        var faults = new List<string>();
        foreach (var (address, buttons) in dialogs)
        {
            await browser.Page.SetViewportSizeAsync(1280, 860);
            await OpenAsync(browser, address);
            foreach (var button in buttons)
            {
                var target = button == buttons[0] ? AriaRole.Button : AriaRole.Menuitem;
                await browser.Page.GetByRole(target, new() { Name = button, Exact = true }).Locator("visible=true").First.ClickAsync();
            }

            await Assertions.Expect(browser.Page.GetByRole(AriaRole.Dialog).Locator("visible=true").First).ToBeVisibleAsync();
            await CheckAsync(browser, $"dialog {string.Join(", ", buttons)}", $"{scheme}-administrator".ToLowerInvariant(), faults);
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.Empty(browser.Troubles);
    }

    [Theory(Explicit = true)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task What_appears_on_the_way_can_be_used_by_everybody(ColorScheme scheme)
    {
        await using var app = Start();
        var key = await FillAsync(app);
        await using var browser = await Browser.StartAsync(AddressOf(app), scheme: scheme);
        var page = browser.Page;
        var look = $"{scheme}-administrator".ToLowerInvariant();
        var faults = new List<string>();
        await browser.SignInAsync(Email, Password);
        await page.WaitForURLAsync("**/settings/api-keys");
        await browser.ConnectedAsync();
        var rows = page.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^Select ") }).Locator("visible=true");
        await rows.First.CheckAsync();
        await CheckAsync(browser, "selected keys", look, faults);
        await page.SetViewportSizeAsync(1280, 860);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).Locator("visible=true").First.ClickAsync();
        await CheckDialogAsync("bulk revoke");

        await OpenAsync(browser, $"/settings/api-keys/{key.Key.Id}?tab=requests");
        await page.Locator("main table tbody tr").First.ClickAsync();
        await CheckDialogAsync("request");

        await OpenAsync(browser, "/settings/api-keys");
        await MakeKeyAsync("revealed-key");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog).GetByText("ft_live_").First).ToBeVisibleAsync();
        await CheckDialogAsync("reveal");

        await RuleAsync(app, new PeopleRules(false, null, ConfirmNewValues: true));
        await OpenAsync(browser, "/settings/api-keys");
        await MakeKeyAsync("confirmed-key");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Confirm that it is you" })).ToBeVisibleAsync();
        await CheckDialogAsync("confirm");

        await RuleAsync(app, new PeopleRules(false, PortalRole.Administrator, ConfirmNewValues: false));

        // The open page goes there by itself.
        await page.WaitForURLAsync("**/account/authenticator");
        await CheckAsync(browser, "held", look, faults);

        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.Empty(browser.Troubles);

        async Task CheckDialogAsync(string what)
        {
            await Assertions.Expect(page.GetByRole(AriaRole.Dialog).Locator("visible=true").First).ToBeVisibleAsync();
            await CheckAsync(browser, "dialog " + what, look, faults);
            await page.SetViewportSizeAsync(1280, 860);
        }

        async Task MakeKeyAsync(string name)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
            await page.GetByLabel("Key name").FillAsync(name);
            await page.GetByLabel("Read-only").CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Generate Key" }).ClickAsync();
        }
    }

    [Theory(Explicit = true)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Signing_in_by_two_steps_or_elsewhere_can_be_used_by_everybody(ColorScheme scheme)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = Start(provider.Settings);
        await using var browser = await Browser.StartAsync(AddressOf(app), scheme: scheme);
        var page = browser.Page;
        var look = $"{scheme}-administrator".ToLowerInvariant();
        var faults = new List<string>();
        await browser.SignInAsync(Email, Password);
        await page.WaitForURLAsync("**/settings/api-keys");
        await page.GotoAsync("/account/authenticator");
        var key = (await page.Locator("code.key").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
        await EnterAsync(AuthenticatorApp.Code(key, steps: 0), "Turn on");
        await Assertions.Expect(page.GetByRole(AriaRole.List, new() { Name = "Recovery codes" })).ToBeVisibleAsync();
        await CheckAsync(browser, "recovery codes", look, faults);

        await page.Context.ClearCookiesAsync();
        await browser.SignInAsync(Email, Password);
        await page.WaitForURLAsync("**/account/code*");
        await CheckAsync(browser, "code", look, faults);
        await EnterAsync("000000", "Sign in");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await CheckAsync(browser, "wrong code", look, faults);
        Assert.Empty(browser.Troubles);

        provider.Person = [("sub", "visitor"), ("email", "visitor@example.test"), ("email_verified", true), ("groups", new[] { "canteen" })];
        await page.GotoAsync("/account/single-sign-on");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "You cannot sign in here yet" })).ToBeVisibleAsync();
        await CheckAsync(browser, "refused single sign-on", look, faults);

        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.All(browser.Troubles, trouble => Assert.True(trouble == $"request to {provider.Address.Authority}" || trouble.Contains("status of 403", StringComparison.Ordinal), trouble));

        async Task EnterAsync(string code, string button)
        {
            await page.GetByLabel("Code", new() { Exact = true }).FillAsync(code);
            await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        }
    }

    /// <summary>The workspace asks this of people from now on, and nobody has confirmed themselves lately.</summary>
    private static async Task RuleAsync(PortalApp app, PeopleRules rules)
    {
        var workspace = app.Get<WorkspaceService>();
        (await workspace.ChangePeopleAsync(rules, (await workspace.GetAsync(Cancel)).Version, Caller.CommandLine, Cancel)).Require();
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        await db.Set<UserSession>().ExecuteUpdateAsync(set => set.SetProperty(s => s.ConfirmedAt, (DateTimeOffset?)null), Cancel);
    }

    // By name: at a bare address browsers offer no passkeys.
    private static Uri AddressOf(PortalApp app) => new UriBuilder(app.Address) { Host = "localhost" }.Uri;

    private static PortalApp Start(Dictionary<string, string?>? settings = null)
        => PortalApp.Start(settings: new(settings ?? []) { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });

    private static async Task<RevealedKey> FillAsync(PortalApp app)
    {
        using var http = app.Http();
        var key = await app.KeyAsync(Given.Settings("erp-order-sync-production", KeyPermission.SpecificFlows, "abc123") with { Description = "Orders of the ERP, every minute" }, owner: Email);
        var revoked = await app.KeyAsync(Given.Settings("partner-acme-integration") with { Kind = KeyKind.Partner, Expiration = KeyExpiration.After(30) }, owner: Email);
        await app.KeyAsync(Given.Settings("ci-pipeline-nightly") with { Kind = KeyKind.CiCd }, KeyEnvironment.Test, Email);
        for (var i = 0; i < 5; i++)
        {
            await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}");
            await http.ExecuteAsync("no-such-flow", key.Token.Reveal(), "{}");
        }

        (await app.Get<FactoryThread.Portal.Features.ApiKeys.ApiKeyService>().RevokeAsync(revoked.Key.Id, "No longer needed", Caller.CommandLine, Cancel)).Require();
        return key;
    }

    private static IEnumerable<string> Pages(RevealedKey? key, PortalRole role)
    {
        string[] all = ["/", "/account", "/account/authenticator", "/account/passkeys", "/settings/api-keys", "/settings/rotation", "/settings/leaks", "/settings/alerts", "/workspace/flows", "/workspace/flows/abc123", "/workspace/executions", "/workspace/usage", "/help/api-keys"];
        string[] administrators = ["/settings/alerts?tab=rules", "/settings/alerts?tab=delivery", "/settings/audit-log", "/settings/connections", "/settings/users", "/settings/workspace"];
        // An operator reaches their own keys only, and has none here.
        string[] details = key is null || role == PortalRole.Operator ? [] : [.. OfAKey.Select(part => $"/settings/api-keys/{key.Key.Id}{part}")];
        return [.. all, .. details, .. role == PortalRole.Administrator ? administrators : []];
    }

    private static async Task VisitAsync(Browser browser, IEnumerable<string> pages, string look, List<string> faults)
    {
        foreach (var address in pages)
        {
            await OpenAsync(browser, address);
            await CheckAsync(browser, address, look, faults);
        }
    }

    private static async Task OpenAsync(Browser browser, string address)
    {
        await browser.Page.GotoAsync(address);
        // Pages for strangers and forms have no circuit; the others are complete when it is there and nothing is loading.
        if (!Strangers.Contains(address) && !address.StartsWith("/account", StringComparison.Ordinal))
        {
            await browser.ConnectedAsync();
            await Assertions.Expect(browser.Page.Locator("main .loading")).ToHaveCountAsync(0);
        }
    }

    private static async Task CheckAsync(Browser browser, string what, string look, List<string> faults)
    {
        foreach (var width in Widths)
        {
            await browser.Page.SetViewportSizeAsync(width, 860);
            // Dialogs and the sidebar slide into their places.
            await browser.Page.EvaluateAsync("Promise.allSettled(document.getAnimations().filter(a => a.effect?.getTiming().iterations !== Infinity).map(a => a.finished)).then(() => {})");
            if (await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
            {
                faults.Add($"{what} scrolls sideways at {width} px");
            }

            if (await browser.Page.EvaluateAsync<bool>(HeadingsAstray))
            {
                faults.Add($"{what}: a table's columns do not stand under their headings at {width} px");
            }

            if (Environment.GetEnvironmentVariable("FT_LOOK") is { Length: > 0 } folder)
            {
                var name = string.Concat($"{what}-{look}-{width}".Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
                await browser.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = !what.StartsWith("dialog", StringComparison.Ordinal) });
            }

            // The two layouts: tables with a rail, and cards with a drawer, which differ in no colour that the themes do not share.
            if (width == 1280 || (width == 360 && look.StartsWith("light-administrator", StringComparison.Ordinal)))
            {
                var result = await browser.Page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } });
                faults.AddRange(result.Violations.SelectMany(v => v.Nodes.Select(node => $"{what} at {width} px: {v.Id}: {node.Html}")));
            }
        }
    }
}
