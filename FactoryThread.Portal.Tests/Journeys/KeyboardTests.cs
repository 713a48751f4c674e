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
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
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
    public async Task The_help_page_is_reached_from_an_error_and_from_the_sidebar_and_its_examples_are_copied()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
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
}
