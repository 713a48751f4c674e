using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>What a person sees when the network of their browser goes away.</summary>
public sealed class LostNetworkTests
{
    private const string Email = "admin@example.test";
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task The_page_says_so_at_once_and_goes_on_when_it_is_back()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);
        await browser.ConnectedAsync();
        var banner = page.GetByText("No network. This page answers again when it is back.");
        await Assertions.Expect(banner).ToBeHiddenAsync();

        await page.Context.SetOfflineAsync(true);
        await Assertions.Expect(banner).ToBeVisibleAsync();

        await page.Context.SetOfflineAsync(false);
        await Assertions.Expect(banner).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
        await Assertions.Expect(page.GetByLabel("Key name")).ToBeFocusedAsync();
    }
}
