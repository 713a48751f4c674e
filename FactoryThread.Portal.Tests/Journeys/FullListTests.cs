using System.Text.RegularExpressions;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>Lists whose first page is as full as it can be still come to life in the browser.</summary>
public sealed class FullListTests
{
    [Fact]
    public async Task A_full_page_of_long_rows_answers_clicks()
    {
        await using var app = PortalApp.Start(settings: new()
        {
            ["Portal:Setup:AdminEmail"] = SignedInClient.AdminEmail,
            ["Portal:Setup:AdminPassword"] = SignedInClient.AdminPassword,
        });
        using var http = app.Http();
        var key = await app.KeyAsync(Given.Settings(new string('k', ApiKey.MaxNameLength)), owner: SignedInClient.AdminEmail);
        for (var i = 0; i < 55; i++)
        {
            await app.KeyAsync(
                Given.Settings(new string('é', ApiKey.MaxNameLength - 2) + i) with { Description = new string('ü', ApiKey.MaxDescriptionLength) },
                owner: SignedInClient.AdminEmail);
            await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}");
        }

        await using var browser = await Browser.StartAsync(app.Address);
        await browser.SignInAsync(SignedInClient.AdminEmail, SignedInClient.AdminPassword);
        await browser.ConnectedAsync();
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Next page" }).ClickAsync();
        await browser.Page.GetByText("26–50 of 56").WaitForAsync();

        await browser.Page.GotoAsync("/workspace/executions");
        await browser.ConnectedAsync();
        await browser.Page.GetByLabel("Status").SelectOptionAsync(new SelectOptionValue { Label = "Failed" });
        await Assertions.Expect(browser.Page).ToHaveURLAsync(new Regex(@"\?status=failed$"));
        Assert.Empty(browser.Troubles);
    }
}
