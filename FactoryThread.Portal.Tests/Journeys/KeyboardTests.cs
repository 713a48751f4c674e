using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>The single keys of the portal, pressed in a real browser.</summary>
public sealed class KeyboardTests
{
    private const string Email = "admin@example.test";
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task Keys_search_create_and_explain_themselves_but_not_while_somebody_types()
    {
        await using var app = Start();
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);
        await browser.ConnectedAsync();
        var search = page.GetByRole(AriaRole.Searchbox, new() { Name = "Search keys" });
        var shortcuts = page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" });
        var create = page.GetByRole(AriaRole.Dialog).Filter(new() { HasText = "Create API Key" });

        // "/" goes to the search, and there the keys are letters again.
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(search).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("c?/");
        await Assertions.Expect(search).ToHaveValueAsync("c?/");
        await Assertions.Expect(shortcuts).ToBeHiddenAsync();
        await Assertions.Expect(create).ToHaveCountAsync(0);
        await search.FillAsync("");

        // "?" explains; under its dialog nothing else happens; Esc closes it and gives the focus back.
        var export = page.Locator("[data-create]");
        await export.FocusAsync();
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(shortcuts).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("c");
        await Assertions.Expect(create).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(shortcuts).ToBeHiddenAsync();
        await Assertions.Expect(export).ToBeFocusedAsync();

        // "c" creates; Esc closes.
        await page.Keyboard.PressAsync("c");
        await Assertions.Expect(create.GetByLabel("Key name")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(shortcuts).ToBeHiddenAsync();
        await Assertions.Expect(create.GetByLabel("Key name")).ToHaveValueAsync("?");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(create).ToHaveCountAsync(0);

        // The other lists know them too.
        await page.GetByRole(AriaRole.Link, new() { Name = "Flows", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Flows", Level = 1 }).WaitForAsync();
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox, new() { Name = "Search flows" })).ToBeFocusedAsync();

        // Switched off they stay off, also after a reload; the button still shows the dialog.
        await page.GetByRole(AriaRole.Button, new() { Name = "Keyboard shortcuts" }).ClickAsync();
        await shortcuts.GetByRole(AriaRole.Checkbox).UncheckAsync();
        await shortcuts.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await page.ReloadAsync();
        await browser.ConnectedAsync();
        await page.Keyboard.PressAsync("?");
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(shortcuts).ToBeHiddenAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox, new() { Name = "Search flows" })).Not.ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Keyboard shortcuts" }).ClickAsync();
        await Assertions.Expect(shortcuts.GetByRole(AriaRole.Checkbox)).Not.ToBeCheckedAsync();
        Assert.Empty(browser.Troubles);
    }

    [Fact]
    public async Task Whatever_the_keyboard_reaches_shows_it()
    {
        await using var app = Start();
        await app.KeyAsync(Given.Settings("erp-order-sync"), owner: Email);
        await using var browser = await Browser.StartAsync(app.Address);
        await browser.SignInAsync(Email, Password);
        await browser.ConnectedAsync();
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Link, new() { Name = "erp-order-sync" })).ToBeVisibleAsync();

        // The beginning of the page; it opens with the focus on its heading.
        await browser.Page.Locator(".skip").FocusAsync();
        var reached = new List<string>();
        do
        {
            await browser.Page.Keyboard.PressAsync("Tab");
            reached.Add(await browser.Page.EvaluateAsync<string>(
                """
                () => {
                  const at = document.activeElement, style = getComputedStyle(at), name = at.getAttribute('aria-label') ?? at.textContent.trim();
                  if (at === document.body) return '';
                  const shown = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || (at.matches('.f') && style.boxShadow !== 'none');
                  return `${shown ? 'shown' : 'unseen'}: ${name}`;
                }
                """));
        }
        while (reached[^1].Length > 0 && reached.Count < 100);

        Assert.Equal("", reached[^1]);
        Assert.DoesNotContain(reached, stop => stop.StartsWith("unseen", StringComparison.Ordinal));
        Assert.All(["Overview", "Name", "erp-order-sync", "Select erp-order-sync", "Actions for erp-order-sync"], stop => Assert.Contains($"shown: {stop}", reached));
    }

    [Fact]
    public async Task Rows_are_picked_and_their_menus_opened_without_a_mouse()
    {
        await using var app = Start();
        await app.KeyAsync(Given.Settings("erp-order-sync"), owner: Email);
        await app.KeyAsync(Given.Settings("ci-nightly"), owner: Email);
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);
        await browser.ConnectedAsync();

        await page.GetByLabel("Select ci-nightly").PressAsync(" ");
        await Assertions.Expect(page.GetByText("1 key selected")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Select erp-order-sync")).Not.ToBeCheckedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear selection" }).PressAsync("Enter");
        await Assertions.Expect(page.GetByLabel("Select ci-nightly")).Not.ToBeCheckedAsync();

        await page.GetByLabel("Select all keys on this page").PressAsync(" ");
        await Assertions.Expect(page.GetByText("2 keys selected")).ToBeVisibleAsync();
        await page.GetByLabel("Select ci-nightly").PressAsync(" ");
        await Assertions.Expect(page.GetByText("1 key selected")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Select erp-order-sync")).ToBeCheckedAsync();

        var menu = page.GetByRole(AriaRole.Button, new() { Name = "Actions for erp-order-sync" });
        await menu.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "Details" })).ToBeFocusedAsync();
        await Assertions.Expect(menu).ToHaveAttributeAsync("aria-expanded", "true");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(menu).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Menu)).ToHaveCountAsync(0);
        Assert.Empty(browser.Troubles);
    }

    [Fact]
    public async Task The_dialog_of_a_rule_takes_the_focus_and_closes_by_Esc()
    {
        await using var app = Start();
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password, "/settings/alerts?tab=rules");
        await browser.ConnectedAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);

        await page.GetByRole(AriaRole.Button, new() { Name = "Add rule for a key" }).PressAsync("Enter");
        await Assertions.Expect(dialog.GetByLabel("Key", new() { Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Edit ") }).First.PressAsync("Enter");
        await Assertions.Expect(dialog.GetByRole(AriaRole.Checkbox)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        Assert.Empty(browser.Troubles);
    }

    [Fact]
    public async Task A_link_that_fills_in_a_new_key_opens_the_dialog_and_leaves_it_open()
    {
        await using var app = Start();
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);

        await page.GotoAsync("/settings/api-keys?name=mes-bridge&permission=specific_flows&flow=abc123");

        await Assertions.Expect(page).ToHaveURLAsync(new Uri(app.Address, "/settings/api-keys").ToString());
        var dialog = page.GetByRole(AriaRole.Dialog).Filter(new() { HasText = "Create API Key" });
        await Assertions.Expect(dialog.GetByLabel("Key name")).ToHaveValueAsync("mes-bridge");
        await Assertions.Expect(dialog.GetByLabel("Specific flows")).ToBeCheckedAsync();

        // The overview of an empty installation leads to the same dialog.
        await page.GotoAsync("/");
        await browser.ConnectedAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Create your first key" }).ClickAsync();
        await Assertions.Expect(dialog.GetByLabel("Key name")).ToHaveValueAsync("");
        await Assertions.Expect(page).ToHaveURLAsync(new Uri(app.Address, "/settings/api-keys").ToString());
        await Assertions.Expect(dialog).ToBeVisibleAsync();
        Assert.Empty(browser.Troubles);
    }

    [Fact]
    public async Task The_help_page_is_reached_from_an_error_and_from_the_sidebar_and_its_examples_are_copied()
    {
        await using var app = Start();
        await using var browser = await Browser.StartAsync(app.Address);
        using var http = app.Http();
        var page = browser.Page;

        // A stranger follows the "type" of a refusal.
        await page.GotoAsync((await http.ExecuteAsync("abc123", "ft_live_x")).Json.GetProperty("type").GetString()!);
        await Assertions.Expect(page.Locator("#malformed_key")).ToBeInViewportAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy the Python example" }).ClickAsync();
        Assert.StartsWith("import os\nimport requests", await page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);

        // Signed in, it is a page of the sidebar, and leads back into the live pages.
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await browser.SubmitSignInAsync(Email, Password);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Level = 1 }).WaitForAsync();
        await browser.ConnectedAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Help", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Rotation", Exact = true }).Last.ClickAsync();
        await Assertions.Expect(page.Locator("#rotation")).ToBeInViewportAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "API Keys", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "API Keys", Level = 1, Exact = true }).WaitForAsync();
        await browser.ConnectedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Key name").WaitForAsync();
        Assert.Empty(browser.Troubles);
    }

    private static PortalApp Start()
        => PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
}
