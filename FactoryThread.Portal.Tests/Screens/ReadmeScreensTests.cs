using System.Runtime.CompilerServices;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Screens;

/// <summary>The pictures of the README. <c>FT_WRITE_SCREENS=1</c> writes them anew beside this file.</summary>
public sealed class ReadmeScreensTests
{
    private const string Email = "admin@example.test";
    private const string Password = "correct horse battery staple";

    [Theory]
    [InlineData("keys-light", ColorScheme.Light, 1280)]
    [InlineData("keys-dark", ColorScheme.Dark, 1280)]
    [InlineData("keys-phone", ColorScheme.Light, 360)]
    public async Task The_list_shows_every_key_and_nothing_overflows(string name, ColorScheme scheme, int width)
    {
        await using var app = Start();
        var keys = await FillAsync(app);
        await using var browser = await Browser.StartAsync(app.Address, width, 800, scheme);
        await browser.SignInAsync(Email, Password);

        foreach (var key in keys)
        {
            await Assertions.Expect(browser.Page.GetByRole(AriaRole.Link, new() { Name = key.Key.Name }).Locator("visible=true").First).ToBeVisibleAsync();
        }

        Assert.True(await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "the page scrolls sideways");
        Assert.Empty(browser.Troubles);
        await PictureAsync(browser, name);
    }

    [Fact]
    public async Task A_key_is_created_and_shown_once_covered_until_asked_for()
    {
        await using var app = Start();
        var keys = await FillAsync(app);
        await using var browser = await Browser.StartAsync(app.Address, 1280, 800);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);
        await browser.ConnectedAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
        var create = page.GetByRole(AriaRole.Dialog);
        await create.GetByLabel("Key name").FillAsync("warehouse-scanner-hall-3");
        await create.GetByLabel("Order sync").CheckAsync();
        await create.GetByLabel("Key name").FocusAsync();
        await PictureAsync(browser, "create");
        await create.GetByRole(AriaRole.Button, new() { Name = "Generate Key" }).ClickAsync();

        await page.GetByRole(AriaRole.Heading, new() { Name = "Save your API key" }).WaitForAsync();
        Assert.DoesNotMatch("ft_live_[0-9A-Za-z]{40}", await page.ContentAsync());
        await PictureAsync(browser, "reveal");

        await page.GotoAsync($"/settings/api-keys/{keys[0].Key.Id}");
        await browser.ConnectedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = keys[0].Key.Name, Level = 1 })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("main .loading")).ToHaveCountAsync(0);
        await PictureAsync(browser, "details");

        await page.GotoAsync("/");
        await browser.ConnectedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Level = 1 })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("main .loading")).ToHaveCountAsync(0);
        await PictureAsync(browser, "overview");
        Assert.Empty(browser.Troubles);
    }

    private static PortalApp Start() => PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });

    private static async Task<RevealedKey[]> FillAsync(PortalApp app)
    {
        using var http = app.Http();
        RevealedKey[] keys =
        [
            await app.KeyAsync(Given.Settings("erp-order-sync-production", KeyPermission.SpecificFlows, "abc123"), owner: Email),
            await app.KeyAsync(Given.Settings("partner-acme-integration") with { Kind = KeyKind.Partner, Expiration = KeyExpiration.After(30) }, owner: Email),
            await app.KeyAsync(Given.Settings("ci-pipeline-nightly") with { Kind = KeyKind.CiCd }, KeyEnvironment.Test, Email),
            await app.KeyAsync(Given.Settings("internal-reporting-tool", KeyPermission.ReadOnly) with { Expiration = KeyExpiration.Never }, owner: Email),
        ];
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", keys[0].Token.Reveal(), "{}")).Status);
        }

        return keys;
    }

    private static async Task PictureAsync(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("FT_WRITE_SCREENS") == "1")
        {
            await browser.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder(), name + ".png"), Animations = ScreenshotAnimations.Disabled });
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
