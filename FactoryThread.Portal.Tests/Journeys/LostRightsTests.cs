using System.Diagnostics;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>An open browser does not outlive the rights of its user.</summary>
public sealed class LostRightsTests
{
    private const string Email = "operator@example.test";
    private const string Password = "correct horse battery staple";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disabling_or_another_role_closes_the_page_within_five_seconds_in_the_middle_of_a_dialog(bool disable)
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = "admin@example.test", ["Portal:Setup:AdminPassword"] = Password });
        var users = app.Get<UserService>();
        var user = (await users.AddAsync(new NewUser(Email, Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password);
        await browser.ConnectedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Key name").FillAsync("erp-order-sync-production");
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Read-only").CheckAsync();

        var changed = disable
            ? await users.DisableAsync(user.Id, Caller.CommandLine, Cancel)
            : await users.ChangeRoleAsync(user.Id, PortalRole.Viewer, Caller.CommandLine, Cancel);
        var since = Stopwatch.StartNew();
        changed.Require();
        await page.EvaluateAsync("[...document.querySelectorAll('.mud-dialog button')].find(b => b.textContent.includes('Generate Key'))?.click()");
        await page.WaitForURLAsync("**/account/sign-in**");

        Assert.True(since.Elapsed < TimeSpan.FromSeconds(5), $"the page stayed open for {since.Elapsed}");
        Assert.Equal(0, (await app.Get<ApiKeyService>().ListAsync(new ApiKeyQuery(), Caller.CommandLine, Cancel)).Total);
    }

    [Fact]
    public async Task Needing_a_second_factor_from_now_on_leads_from_an_open_page_to_setting_one_up()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = "admin@example.test", ["Portal:Setup:AdminPassword"] = Password });
        await using var browser = await Browser.StartAsync(app.Address);
        await browser.SignInAsync("admin@example.test", Password);
        await browser.ConnectedAsync();

        await app.RequireSecondFactorAsync(PortalRole.Administrator);

        await browser.Page.WaitForURLAsync("**/account/authenticator");
    }
}
