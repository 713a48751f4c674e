using Bunit;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Features.ApiKeys.Pages;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Usage.Pages;

public sealed class WorkspaceUsagePageTests : KeyPagesContext
{
    [Fact]
    public async Task It_sums_up_all_keys_and_each_row_leads_to_its_key_or_flow()
    {
        var erp = await KeyAsync();
        var mes = await KeyAsync("mes-reports");
        await CallsAsync(erp.Key.Id, 3);
        await CallsAsync(erp.Key.Id, 1, Outcome.Failed);
        await CallsAsync(mes.Key.Id, 1, Outcome.Refused);

        var page = await ShowAsync();

        Assert.Equal(["5", "60 %", "41 ms", "1", "0"], page.FindAll(".kpi .v").Select(v => v.TextContent));
        var keys = page.FindAll("table[aria-label='Most used keys'] tbody tr");
        Assert.Equal(
            [("erp-order-sync-production", $"/settings/api-keys/{erp.Key.Id}?tab=usage", "4", "75 %"), ("mes-reports", $"/settings/api-keys/{mes.Key.Id}?tab=usage", "1", "0 %")],
            keys.Select(r => (r.QuerySelector("a")!.TextContent, r.QuerySelector("a")!.GetAttribute("href")!, r.QuerySelectorAll(".num")[0].TextContent, r.QuerySelectorAll(".num")[1].TextContent)));
        Assert.Equal("/workspace/flows/abc123", page.Find("table[aria-label='Most called flows'] tbody a").GetAttribute("href"));
        Assert.Contains(page.FindAll("svg g title"), t => t.TextContent == "24 Nov, 12:00: 5 requests, 3 succeeded, 1 failed, 1 refused");
        Assert.Contains("No request came without a key", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_from_where_calls_came_and_each_reason_of_a_refusal_leads_to_the_calls()
    {
        var erp = await KeyAsync();
        await CallsAsync(erp.Key.Id, 3);
        await CallsAsync(erp.Key.Id, 2, Outcome.Refused);

        var page = await ShowAsync();

        var caller = page.Find("table[aria-label='Used from'] tbody tr");
        Assert.Contains("10.20.4.17", caller.TextContent, StringComparison.Ordinal);
        Assert.Contains("erp-sync/2.1", caller.TextContent, StringComparison.Ordinal);
        Assert.Equal("5", caller.QuerySelector(".num")!.TextContent);
        var why = Assert.Single(page.FindAll("table[aria-label='Why requests came to nothing'] tbody tr"));
        Assert.Equal("2", why.QuerySelector(".num")!.TextContent);
        Assert.StartsWith($"/settings/api-keys/{erp.Key.Id}?tab=requests&outcome=refused&code=", why.QuerySelector("a")!.GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_credentials_have_no_place_where_only_own_keys_are_seen()
    {
        await CallsAsync((await KeyAsync()).Key.Id, 1);
        await DemoteAsync();

        var page = await ShowAsync();

        Assert.Equal(["Requests, 48 h", "Success", "Latency p95", "Refused"], page.FindAll(".kpi .l").Select(l => l.TextContent));
    }

    [Fact]
    public async Task As_many_tiles_load_as_there_will_be()
    {
        // As before the page comes to life: it waits for the viewer's days.
        SetRendererInfo(new RendererInfo("Static", isInteractive: false));
        Assert.Equal(5, Show<WorkspaceUsagePage>().FindAll(".waiting").Count);

        await DemoteAsync();

        Assert.Equal(4, Show<WorkspaceUsagePage>().FindAll(".waiting").Count);
    }

    [Fact]
    public async Task Failed_credentials_are_listed_by_address()
    {
        var key = await KeyAsync();
        await CallsAsync(key.Key.Id, 1);
        var now = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        UsageRig.Execute(Database, $"INSERT INTO CredentialFailures (Minute, Code, Address, Count) VALUES ({now}, 'unknown_key', '203.0.113.9', 41), ({now}, 'malformed_key', '203.0.113.9', 1)");

        var page = await ShowAsync();

        var row = page.Find("table[aria-label='Failed credentials'] tbody tr");
        Assert.Equal("203.0.113.9", row.QuerySelector(".from")!.TextContent);
        Assert.Contains("unknown 41, malformed 1", row.TextContent, StringComparison.Ordinal);
        Assert.Equal("42", page.FindAll(".kpi .v")[4].TextContent);
    }

    [Fact]
    public async Task Days_are_the_viewers_and_a_chosen_range_stays_on_the_way_to_a_key()
    {
        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");
        var key = await KeyAsync();
        await CallsAsync(key.Key.Id, 2, at: new DateTimeOffset(2026, 11, 20, 23, 30, 0, TimeSpan.Zero));
        var page = await ShowAsync();
        Assert.Contains("No requests in this time", page.Markup, StringComparison.Ordinal);

        Press(page, "30 d");

        page.WaitForAssertion(() => Assert.Contains(page.FindAll("svg g title"), t => t.TextContent.StartsWith("21 Nov: 2 requests", StringComparison.Ordinal)));
        Assert.Equal($"/settings/api-keys/{key.Key.Id}?tab=usage&range=30d", page.Find("table[aria-label='Most used keys'] a").GetAttribute("href"));
    }

    [Fact]
    public async Task A_range_turned_round_names_the_field_and_the_numbers_stay()
    {
        var key = await KeyAsync();
        await CallsAsync(key.Key.Id, 2);
        var page = await ShowAsync();

        Press(page, "Custom range");
        page.FindAll("input[type=date]")[0].Change("2026-11-24");
        page.FindAll("input[type=date]")[1].Change("2026-11-01");
        page.Find("form").Submit();

        page.WaitForAssertion(() => Assert.Contains("'From' must not lie after 'To'", page.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Equal(["2026-11-24", "2026-11-01"], page.FindAll("input[type=date]").Select(i => i.GetAttribute("value")));
        Assert.Equal("2", page.Find(".kpi .v").TextContent);
    }

    [Fact]
    public async Task The_export_is_the_workspaces()
    {
        var key = await KeyAsync();
        await CallsAsync(key.Key.Id, 2);
        var page = await ShowAsync();

        Press(page, "Export Usage");

        page.WaitForAssertion(() => Assert.Contains("1 row, one per hour, key and flow", page.Find("[role=status]").TextContent, StringComparison.Ordinal));
        Assert.StartsWith("/workspace/usage/export?format=csv&by=hour&from=", page.Find(".items a").GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_used_yet_says_what_will_stand_here()
        => Assert.Contains("No requests in this time", (await ShowAsync()).Markup, StringComparison.Ordinal);

    [Fact]
    public async Task When_the_database_fails_the_page_says_so_and_tries_again_on_request()
    {
        var key = await KeyAsync();
        await CallsAsync(key.Key.Id, 4);
        UsageRig.Execute(Database, "ALTER TABLE UsageHour RENAME TO Elsewhere");
        var page = Show<WorkspaceUsagePage>();
        page.WaitForAssertion(() => Assert.Contains("cannot be shown", page.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(20));

        UsageRig.Execute(Database, "ALTER TABLE Elsewhere RENAME TO UsageHour");
        Press(page, "Try again");

        page.WaitForAssertion(() => Assert.Equal("4", page.Find(".kpi .v").TextContent), TimeSpan.FromSeconds(20));
    }

    private string Database => Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<PortalOptions>>().Value.DatabasePath;

    private async Task CallsAsync(string keyId, int count, Outcome outcome = Outcome.Succeeded, DateTimeOffset? at = null)
    {
        for (var i = 0; i < count; i++)
        {
            await CallAsync(keyId, at ?? Clock.GetUtcNow(), outcome: outcome);
        }
    }

    private async Task<IRenderedComponent<WorkspaceUsagePage>> ShowAsync()
    {
        var page = Show<WorkspaceUsagePage>();
        await page.WaitForElementAsync(".kpi .l", TimeSpan.FromSeconds(10));
        page.WaitForAssertion(() => Assert.DoesNotContain("Loading usage", page.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        return page;
    }
}
