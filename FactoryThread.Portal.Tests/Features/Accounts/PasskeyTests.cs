using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>Passkeys in a real browser, with the authenticator that its test interface offers.</summary>
public sealed class PasskeyTests
{
    internal const string Email = "admin@example.test";
    internal const string Password = "correct horse battery staple";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_is_added_signs_in_without_password_or_code_and_removed_signs_in_no_more()
    {
        await using var app = Start();
        await using var browser = await StartAsync(app);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password, "/account/passkeys");
        await AddAsync(page, "Laptop at work");
        await Assertions.Expect(page.GetByText("“Laptop at work” can be used to sign in")).ToBeVisibleAsync();

        await SignOutAsync(page);
        await page.GotoAsync("/account/sign-in?returnUrl=%2Fsettings%2Fapi-keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await page.WaitForURLAsync("**/settings/api-keys");

        await page.GotoAsync("/account/passkeys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Laptop at work" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The passkey is removed")).ToBeVisibleAsync();
        await SignOutAsync(page);
        await page.GotoAsync("/account/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Assertions.Expect(page.GetByText("This passkey is not known here")).ToBeVisibleAsync();

        var actions = (await app.UserAuditAsync()).Select(entry => entry.Action).ToHashSet();
        Assert.Superset(new HashSet<string> { "user.passkey_added", "user.passkey_removed", "user.passkey_failed", "user.signed_in" }, actions);
        Assert.Empty(browser.Troubles);
    }

    [Fact]
    public async Task A_device_that_does_not_check_who_uses_it_adds_nothing()
    {
        await using var app = Start();
        await using var browser = await StartAsync(app, verifiesUser: false);
        await browser.SignInAsync(Email, Password, "/account/passkeys");

        await AddAsync(browser.Page, "Found on the floor");

        await Assertions.Expect(browser.Page.GetByText("No passkey was used")).ToBeVisibleAsync();
        Assert.Equal(0, (await StatusAsync(app)).Passkeys);
    }

    [Fact]
    public async Task The_passkey_of_a_disabled_person_opens_nothing()
    {
        await using var app = Start();
        var users = app.Get<UserService>();
        var ada = (await users.AddAsync(new NewUser("ada@example.test", Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        await using var browser = await StartAsync(app);
        var page = browser.Page;
        await browser.SignInAsync("ada@example.test", Password, "/account/passkeys");
        await AddAsync(page, "Phone");
        await Assertions.Expect(page.GetByText("“Phone” can be used")).ToBeVisibleAsync();
        (await users.DisableAsync(ada.Id, Caller.CommandLine, Cancel)).Require();

        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("/account/sign-in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();

        await Assertions.Expect(page.GetByText("was not accepted")).ToBeVisibleAsync();
        Assert.Equal(ada.Id, Assert.Single(await app.UserAuditAsync(), entry => entry.Action == "user.passkey_failed").SubjectId);
    }

    [Fact]
    public async Task It_frees_who_is_held_for_want_of_a_second_factor_and_confirms_before_a_key_gets_a_value()
    {
        await using var app = Start();
        var workspace = app.Get<WorkspaceService>();
        (await workspace.ChangePeopleAsync(
            new PeopleRules(false, PortalRole.Administrator, ConfirmNewValues: true), (await workspace.GetAsync(Cancel)).Version, Caller.CommandLine, Cancel)).Require();
        await using var browser = await StartAsync(app);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);
        await page.WaitForURLAsync("**/account/authenticator");
        await page.GetByRole(AriaRole.Link, new() { Name = "Use a passkey instead" }).ClickAsync();
        await AddAsync(page, "Laptop");
        await Assertions.Expect(page.GetByText("“Laptop” can be used")).ToBeVisibleAsync();
        await using (var db = await app.Contexts.CreateDbContextAsync(Cancel))
        {
            await db.Set<UserSession>().ExecuteUpdateAsync(set => set.SetProperty(s => s.ConfirmedAt, (DateTimeOffset?)null), Cancel);
        }

        await page.GotoAsync("/settings/api-keys");
        await browser.ConnectedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
        await page.GetByLabel("Key name").FillAsync("erp-order-sync-production");
        await page.GetByLabel("Read-only").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Generate Key" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog, new() { Name = "Confirm that it is you" }).GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Dialog).GetByText("ft_live_").First).ToBeVisibleAsync();
        Assert.Equal(1, (await app.Get<ApiKeyService>().ListAsync(new ApiKeyQuery(), Caller.CommandLine, Cancel)).Total);
        Assert.Empty(browser.Troubles);
    }

    [Fact]
    public async Task Where_there_can_be_none_nothing_offers_one()
    {
        await using var app = Start();
        // A passkey belongs to a domain, and this is an address.
        await using var browser = await Browser.StartAsync(app.Address);
        await browser.Page.GotoAsync("/account/sign-in");

        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(browser.Page.GetByText("Sign in with a passkey")).ToBeHiddenAsync();
        await browser.SignInAsync(Email, Password, "/account/passkeys");
        await Assertions.Expect(browser.Page.GetByText("This browser offers no passkeys here")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"AA\",\"rawId\":\"AA\",\"type\":\"public-key\",\"response\":{}}")]
    public async Task Garbage_opens_nothing_and_is_answered_in_words(string credential)
    {
        await using var app = Start();
        using var http = app.Browser();
        using (var options = await http.PostAsync("/account/passkeys/request-options", await TokenAsync(http), Cancel))
        {
            Assert.Contains("challenge", await options.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        using var answer = await http.SubmitAsync("/account/sign-in", "passkey", new() { ["Credential"] = credential });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("was not accepted", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var page = await http.GetAsync("/account", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task Without_a_question_before_it_no_answer_counts_and_without_the_forms_token_nothing_is_asked()
    {
        await using var app = Start();
        using var http = app.Browser();

        using var answer = await http.SubmitAsync("/account/sign-in", "passkey", new() { ["Credential"] = "{}" });
        Assert.Contains("Try again", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        using var empty = new FormUrlEncodedContent([new("credential", "")]);
        using var refused = await http.PostAsync("/account/passkeys/request-options", empty, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task An_administrator_takes_the_passkeys_of_somebody_who_lost_them()
    {
        await using var app = Start();
        await using var browser = await StartAsync(app);
        await browser.SignInAsync(Email, Password, "/account/passkeys");
        await AddAsync(browser.Page, "Lost phone");
        await Assertions.Expect(browser.Page.GetByText("“Lost phone” can be used")).ToBeVisibleAsync();
        var somebody = Assert.Single((await app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require());
        Assert.True(somebody.SecondFactor);

        Assert.True((await app.Get<SecondFactorService>().ResetAsync(somebody.Id, Caller.CommandLine, Cancel)).Require());

        Assert.Equal(0, (await StatusAsync(app)).Passkeys);
    }

    internal static PortalApp Start() => PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });

    internal static async Task<Browser> StartAsync(PortalApp app, bool verifiesUser = true)
    {
        var browser = await Browser.StartAsync(new UriBuilder(app.Address) { Host = "localhost" }.Uri);
        var devTools = await browser.Page.Context.NewCDPSessionAsync(browser.Page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = verifiesUser,
                ["isUserVerified"] = verifiesUser,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return browser;
    }

    internal static async Task AddAsync(IPage page, string name)
    {
        await page.GetByLabel("Name of the new passkey").FillAsync(name);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
    }

    internal static async Task SignOutAsync(IPage page)
    {
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        // Not the page's load event, which the wait for an address can miss.
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true })).ToBeVisibleAsync();
    }

    private static async Task<SecondFactorStatus> StatusAsync(PortalApp app)
    {
        var user = Assert.Single((await app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require());
        return (await app.Get<SecondFactorService>().StatusAsync(Caller.CommandLine with { UserId = user.Id }, Cancel)).Require();
    }

    private static async Task<FormUrlEncodedContent> TokenAsync(HttpClient http)
        => new([new("__RequestVerificationToken", await http.FormTokenAsync("/account/sign-in"))]);
}
