using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>A person who has to confirm that it is they, in the middle of making a key.</summary>
public sealed class ConfirmationJourneyTests
{
    private const string Email = "admin@example.test";
    private const string Password = "correct horse battery staple";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_typed_is_lost_when_the_portal_asks_and_the_key_is_made_once_the_password_is_right()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password, "/settings/workspace");
        await browser.ConnectedAsync();
        await page.GetByLabel("People confirm that it is they").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save people" }).ClickAsync();
        await Assertions.Expect(page.GetByText("They hold from now on")).ToBeVisibleAsync();
        Assert.True((await app.Get<WorkspaceService>().GetAsync(Cancel)).ConfirmNewValues);
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

        var confirm = page.GetByRole(AriaRole.Dialog, new() { Name = "Confirm that it is you" });
        await Assertions.Expect(confirm.GetByLabel("Password")).ToBeFocusedAsync();
        await confirm.GetByLabel("Password").FillAsync("not the password");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(confirm.GetByText("This is not your password.")).ToBeVisibleAsync();
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Nothing was changed yet")).ToBeVisibleAsync();
        Assert.Equal(0, (await app.Get<ApiKeyService>().ListAsync(new ApiKeyQuery(), Caller.CommandLine, Cancel)).Total);

        await page.GetByRole(AriaRole.Button, new() { Name = "Generate Key" }).ClickAsync();
        await confirm.GetByLabel("Password").FillAsync(Password);
        await confirm.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Dialog).GetByText("ft_live_").First).ToBeVisibleAsync();
        Assert.Equal("erp-order-sync-production", Assert.Single((await app.Get<ApiKeyService>().ListAsync(new ApiKeyQuery(), Caller.CommandLine, Cancel)).Items).Name);
        Assert.Empty(browser.Troubles);
    }
}
