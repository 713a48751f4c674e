using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>In a real browser: a key turns up in a log, is reported, replaced, and the report goes to the security team.</summary>
public sealed class LeakJourneyTests
{
    private const string Email = "admin@example.test";
    private const string Password = "correct horse battery staple";

    [Fact]
    public async Task A_leaked_key_is_found_revoked_replaced_and_reported_and_the_alert_about_it_resolved()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:Setup:AdminEmail"] = Email, ["Portal:Setup:AdminPassword"] = Password });
        using var http = app.Http();
        var key = await app.KeyAsync(Given.Settings("erp-order-sync-production"), owner: Email);
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Status);

        // What was before the first look is only learned from.
        await app.Get<AlertEvaluator>().RunAsync(TestContext.Current.CancellationToken);
        await using var browser = await Browser.StartAsync(app.Address);
        var page = browser.Page;
        await browser.SignInAsync(Email, Password, "/settings/leaks");
        await browser.ConnectedAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Find keys" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Paste a text first")).ToBeVisibleAsync();

        // Longer than one message of the circuit.
        await page.GetByLabel("Text", new() { Exact = true }).FillAsync(new string('x', 100_000) + $"\nkey={key.Token.Reveal()}\n");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find keys" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Table, new() { Name = "Keys found" })).ToContainTextAsync("Can be used");
        Assert.Equal("", await page.GetByLabel("Text", new() { Exact = true }).InputValueAsync());
        Assert.DoesNotContain(key.Token.Reveal(), await page.ContentAsync(), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "erp-order-sync-production" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "More actions" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Report compromised" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("1 call since then");
        await page.GetByLabel("Type the key name").FillAsync("erp-order-sync-production");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke and replace" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Copy key" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByText("Copied").First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Incident: erp-order-sync-production" })).ToBeVisibleAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Markdown" }).ClickAsync());

        var report = await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Contains("# Incident report: API key erp-order-sync-production", report, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Token.Reveal(), report, StringComparison.Ordinal);
        var replacement = await page.EvaluateAsync<string>("navigator.clipboard.readText()");
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", replacement, "{}")).Status);

        // Whoever found the key goes on trying; the portal says so, and the alert is closed when the security team knows.
        for (var call = 0; call < 6; call++)
        {
            Assert.Equal("revoked_key", (await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Code);
        }

        Assert.True(await app.Get<UsageMover>().CatchUpAsync(TestContext.Current.CancellationToken));
        await app.Get<AlertEvaluator>().RunAsync(TestContext.Current.CancellationToken);
        await page.GotoAsync("/settings/alerts");
        await browser.ConnectedAsync();
        var alert = page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "A revoked or expired key is still used" });
        await Assertions.Expect(alert).ToContainTextAsync("erp-order-sync-production was refused 6 times within an hour from 127.0.0.1, since it is revoked; somebody still uses it.");
        await alert.GetByRole(AriaRole.Button, new() { Name = "Resolve: erp-order-sync-production" }).ClickAsync();
        await Assertions.Expect(alert).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Resolved" }).ClickAsync();
        await Assertions.Expect(alert).ToContainTextAsync("Resolved by");
        Assert.Empty(browser.Troubles);
    }
}
