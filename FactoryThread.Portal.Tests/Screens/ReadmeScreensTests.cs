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
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
        using var http = app.Http();
        var erp = await app.KeyAsync(Given.Settings("erp-order-sync-production", KeyPermission.SpecificFlows, "abc123"), owner: Email);
        await app.KeyAsync(Given.Settings("partner-acme-integration") with { Kind = KeyKind.Partner, Expiration = KeyExpiration.After(30) }, owner: Email);
        await app.KeyAsync(Given.Settings("ci-pipeline-nightly") with { Kind = KeyKind.CiCd }, KeyEnvironment.Test, Email);
        await app.KeyAsync(Given.Settings("internal-reporting-tool", KeyPermission.ReadOnly) with { Expiration = KeyExpiration.Never }, owner: Email);
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", erp.Token.Reveal(), "{}")).Status);
        }

        await using var browser = await Browser.StartAsync(app.Address, width, 800, scheme);
        await browser.Page.GotoAsync("/settings/api-keys");
        await browser.Page.GetByLabel("Email").FillAsync(Email);
        await browser.Page.GetByLabel("Password").FillAsync(Password);
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        foreach (var key in (string[])["erp-order-sync-production", "partner-acme-integration", "ci-pipeline-nightly", "internal-reporting-tool"])
        {
            await Assertions.Expect(browser.Page.GetByRole(AriaRole.Link, new() { Name = key }).Locator("visible=true").First).ToBeVisibleAsync();
        }

        Assert.True(await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "the page scrolls sideways");
        Assert.Empty(browser.Troubles);
        if (Environment.GetEnvironmentVariable("FT_WRITE_SCREENS") == "1")
        {
            await browser.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder(), name + ".png") });
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
