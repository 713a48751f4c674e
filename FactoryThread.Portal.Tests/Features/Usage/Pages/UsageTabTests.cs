using System.Text.Json;
using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Usage.Pages;

public sealed class UsageTabTests : UsagePagesContext
{
    [Fact]
    public async Task The_cards_say_requests_success_latency_and_the_used_part_of_the_day_limit()
    {
        await RecordAsync(98);
        await RecordAsync(2, Outcome.Failed);

        var tab = await ShowAsync();

        var cards = tab.FindAll(".kpi").Select(c => string.Join(' ', c.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Equal(
            ["Requests, 48 h 100", "Success 98 %", "Latency p95 12 msp50 12 ms", "Day limit used 50 %100 of 200 since 00:00 UTC"], cards);
    }

    [Fact]
    public async Task The_chart_tells_its_numbers_in_tips_and_as_a_table()
    {
        await RecordAsync(3, after: TimeSpan.FromHours(-2));
        await RecordAsync(1, Outcome.Refused, after: TimeSpan.FromHours(-2));

        var tab = await ShowAsync();

        Assert.Contains(tab.FindAll("svg g title"), t => t.TextContent == "24 Nov, 10:00: 4 requests, 3 succeeded, 0 failed, 1 refused");
        Assert.Empty(tab.FindAll("figure table"));
        Press(tab, "Show as table");
        var row = Assert.Single(tab.FindAll("figure tbody tr"), r => r.QuerySelector("th")!.TextContent == "24 Nov, 10:00");
        Assert.Equal(["4", "3", "0", "1"], row.QuerySelectorAll("td").Select(c => c.TextContent));
    }

    [Fact]
    public async Task Another_range_stands_in_the_address_and_loads_its_days()
    {
        await RecordAsync(1);
        await RecordAsync(5, after: TimeSpan.FromDays(-20));
        var tab = await ShowAsync();

        Press(tab, "30 d");

        tab.WaitForAssertion(() => Assert.Contains("Requests by day", tab.Markup, StringComparison.Ordinal));
        Assert.EndsWith("?range=30d", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("6", tab.Find(".kpi .v").TextContent);
        Assert.Equal("true", Button(tab, "30 d").GetAttribute("aria-pressed"));
    }

    [Fact]
    public async Task An_own_range_counts_whole_days_of_the_viewer()
    {
        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");
        await RecordAsync(2, after: TimeSpan.FromDays(-3));
        await RecordAsync(4, after: new DateTimeOffset(2026, 11, 21, 23, 30, 0, TimeSpan.Zero) - Clock.GetUtcNow());
        var tab = await ShowAsync();

        Press(tab, "Custom range");
        tab.FindAll("input[type=date]")[0].Change("2026-11-21");
        tab.FindAll("input[type=date]")[1].Change("2026-11-21");
        tab.Find("form").Submit();

        // 23:30 UTC is already the 22nd in Berlin.
        tab.WaitForAssertion(() => Assert.Equal("2", tab.Find(".kpi .v").TextContent));
        Assert.Contains("from=2026-11-21&to=2026-11-21", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_turned_round_says_so_and_leaves_the_numbers_standing()
    {
        await RecordAsync(7);
        Navigation.NavigateTo("?from=2026-11-20&to=2026-11-10");

        var tab = await ShowAsync();

        Assert.Contains("'From' must not lie after 'To'", tab.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("7", tab.Find(".kpi .v").TextContent);
        Assert.Equal("Requests, 48 h", tab.Find(".kpi .l").TextContent);
        Assert.Equal(["2026-11-20", "2026-11-10"], tab.FindAll("input[type=date]").Select(i => i.GetAttribute("value")));
        Assert.Equal("true", tab.FindAll("input[type=date]")[0].GetAttribute("aria-invalid"));

        tab.FindAll("input[type=date]")[0].Change("2026-11-01");
        tab.Find("form").Submit();

        tab.WaitForAssertion(() => Assert.Equal("0", tab.Find(".kpi .v").TextContent));
        Assert.Contains("from=2026-11-01&to=2026-11-10", Navigation.Uri, StringComparison.Ordinal);
        Assert.Empty(tab.FindAll("[role=alert]"));
    }

    [Fact]
    public async Task Flows_and_callers_are_listed_and_failures_lead_to_the_requests()
    {
        await RecordAsync(3);
        await RecordAsync(1, Outcome.Failed);
        await RecordAsync(1, flow: null, address: "10.20.4.18");

        var tab = await ShowAsync();

        var flow = tab.Find("table[aria-label=Flows] tbody tr");
        Assert.Contains("abc123", flow.TextContent, StringComparison.Ordinal);
        Assert.Equal(["4", "75 %"], flow.QuerySelectorAll("td.num").Select(c => c.TextContent));
        Assert.Equal(2, tab.FindAll(".callers li").Count);
        Assert.Contains(
            tab.FindAll("a"), a => a.GetAttribute("href") == $"/settings/api-keys/{KeyId}?tab=requests&outcome=failed&from=2026-11-24T12:00&to=2026-11-24T13:00");
    }

    [Fact]
    public async Task Export_says_the_number_of_rows_and_its_links_download_exactly_the_shown_range()
    {
        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");
        await RecordAsync(3);
        await RecordAsync(2, flow: "inv200", after: TimeSpan.FromHours(-1));
        var tab = await ShowAsync();

        Press(tab, "Export Usage");

        tab.WaitForAssertion(() => Assert.Contains("2 rows", tab.Find("[role=status]").TextContent, StringComparison.Ordinal));
        var links = tab.FindAll(".items a").ToDictionary(a => a.QuerySelector("b")!.TextContent, a => a);
        Assert.All(links.Values, link => Assert.True(link.HasAttribute("download")));
        Assert.All(links.Values, link => Assert.EndsWith("&zone=Europe%2FBerlin", link.GetAttribute("href"), StringComparison.Ordinal));
        using var http = await App.SignInAsync();
        using var json = JsonDocument.Parse(await http.GetStringAsync(links["JSON"].GetAttribute("href")!, Cancellation));
        Assert.Equal(5, json.RootElement.GetProperty("total").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("rows").GetArrayLength());
        Assert.StartsWith("start,flowId,total", await http.GetStringAsync(links["CSV"].GetAttribute("href")!, Cancellation), StringComparison.Ordinal);
        Press(tab, "Request");
        tab.WaitForAssertion(() => Assert.Contains("5 rows, one per request", tab.Find("[role=status]").TextContent, StringComparison.Ordinal));
        var requests = await http.GetStringAsync(tab.FindAll(".items a")[0].GetAttribute("href")!, Cancellation);
        Assert.Equal(6, requests.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        tab.Find(".export-menu").KeyDown("Escape");
        Assert.Empty(tab.FindAll(".items"));
    }

    [Fact]
    public async Task Rows_that_the_range_is_too_long_for_are_not_offered_and_the_menu_says_why()
    {
        await RecordAsync(3);
        Navigation.NavigateTo("?from=2026-01-01&to=2026-11-24");
        var tab = await ShowAsync();
        Press(tab, "Export Usage");
        tab.WaitForAssertion(() => Assert.Contains("1 row, one per day and flow", tab.Find("[role=status]").TextContent, StringComparison.Ordinal));

        Press(tab, "Hour");

        tab.WaitForAssertion(() => Assert.Contains("at most 93 days", tab.Find("[role=status]").TextContent, StringComparison.Ordinal));
        Assert.Empty(tab.FindAll(".items a"));
    }

    [Fact]
    public async Task Latency_and_callers_are_those_of_the_range()
    {
        await RecordAsync(2, after: TimeSpan.FromDays(-3), address: "10.0.0.3");
        await RecordAsync(1);
        Navigation.NavigateTo("?from=2026-11-20&to=2026-11-22");

        var tab = await ShowAsync();

        Assert.Equal("10.0.0.3", Assert.Single(tab.FindAll(".callers a")).TextContent);
        Assert.Equal("Of the newest 2 requests that were let through", tab.FindAll(".kpi")[2].GetAttribute("title"));
    }

    [Fact]
    public async Task A_key_that_was_never_used_says_so()
        => Assert.Contains("Not used yet", (await ShowAsync()).Markup, StringComparison.Ordinal);

    [Fact]
    public async Task When_the_database_fails_the_page_says_so_and_tries_again_on_request()
    {
        await RecordAsync(4);
        var file = Path.Combine(App.DataDirectory, "portal.db");
        UsageRig.Execute(file, "ALTER TABLE UsageHour RENAME TO Elsewhere");
        var tab = Show<UsageTab>(p => p.Add(t => t.KeyId, KeyId));
        tab.WaitForAssertion(() => Assert.Contains("cannot be shown", tab.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(20));

        UsageRig.Execute(file, "ALTER TABLE Elsewhere RENAME TO UsageHour");
        Press(tab, "Try again");

        tab.WaitForAssertion(() => Assert.Equal("4", tab.Find(".kpi .v").TextContent), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Of_a_key_that_the_reader_may_see_no_longer_nothing_more_is_loaded()
    {
        await RecordAsync();
        var tab = await ShowAsync();
        Reader.Caller = Caller.Nobody;

        Navigation.NavigateTo("/settings/api-keys/key?tab=usage&range=7d");

        tab.WaitForAssertion(() => Assert.Contains("There is no such key, or it is not yours to see.", tab.Markup, StringComparison.Ordinal));
        Assert.Empty(tab.FindAll(".kpi .l"));
    }

    private Task<IRenderedComponent<UsageTab>> ShowAsync()
    {
        var tab = Show<UsageTab>(p => p.Add(t => t.KeyId, KeyId).Add(t => t.KeyName, "erp"));
        tab.WaitForElement(".kpi .l", TimeSpan.FromSeconds(10));
        tab.WaitForAssertion(() => Assert.DoesNotContain("Loading usage", tab.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        return Task.FromResult(tab);
    }
}
