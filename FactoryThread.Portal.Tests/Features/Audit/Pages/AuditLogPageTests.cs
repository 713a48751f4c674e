using Bunit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Audit.Pages;
using FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.Audit.Pages;

public sealed class AuditLogPageTests : KeyPagesContext
{
    [Fact]
    public async Task Entries_stand_newest_first_and_open_to_what_was_before_and_after()
    {
        var key = await KeyAsync();
        (await Keys.UpdateAsync(key.Key.Id, key.Key.Settings with { PerMinute = 42 }, Me, Cancellation)).Require();

        var page = Show<AuditLogPage>();

        var first = page.FindAll("tbody tr")[0];
        Assert.Contains("API key updated", first.TextContent, StringComparison.Ordinal);
        Assert.Contains("ada@example.test", first.TextContent, StringComparison.Ordinal);
        Assert.Equal($"/settings/api-keys/{key.Key.Id}", first.QuerySelector("a")!.GetAttribute("href"));
        first.QuerySelector("button")!.Click();
        var more = page.Find("tr.more");
        Assert.Contains("Per minute", more.TextContent, StringComparison.Ordinal);
        Assert.Equal("none", more.QuerySelector("del")!.TextContent);
        Assert.Contains("42", more.TextContent, StringComparison.Ordinal);
        Assert.Matches("[0-9a-f]{64}", more.TextContent);
    }

    [Fact]
    public async Task What_stayed_as_it_was_is_not_among_the_changes()
    {
        var details = new { enabled = new { from = true, to = true }, threshold = new { from = 80, to = 70 } };
        await Audit.RecordAsync(Actor.System, "alert_rule.updated", "r1", "Rule", details, Cancellation);
        var page = Show<AuditLogPage>();

        Press(page, () => page.FindAll("tbody tr")[0].QuerySelector("button")!);

        var more = page.Find("tr.more").TextContent;
        Assert.Contains("Threshold", more, StringComparison.Ordinal);
        Assert.DoesNotContain("Enabled", more, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_narrow_the_list()
    {
        var key = await KeyAsync("one");
        await KeyAsync("two");
        (await Keys.RevokeAsync(key.Key.Id, null, Me, Cancellation)).Require();
        var page = Show<AuditLogPage>();

        page.Find("input[aria-label='Subject']").Change("one");
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count));
        page.Find("select[aria-label='Action']").Change("api_key.revoked");
        page.WaitForAssertion(() => Assert.Single(page.FindAll("tbody tr")));
        Assert.EndsWith("?subject=one&action=api_key.revoked", Navigation.Uri, StringComparison.Ordinal);
        page.Find("select[aria-label='Actor']").Change("system");

        page.WaitForAssertion(() => Assert.Contains("No entry matches", page.Markup, StringComparison.Ordinal));
        Press(page, "Show all entries");
        page.WaitForAssertion(() => Assert.True(page.FindAll("tbody tr").Count > 3));
    }

    [Fact]
    public void A_range_turned_round_is_named_and_nothing_is_lost()
    {
        Navigation.NavigateTo("/settings/audit-log?from=2026-11-24&to=2026-11-20");

        var page = Show<AuditLogPage>();

        Assert.Contains("The first day lies after the last", page.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("2026-11-24", page.Find("input[type=date]").GetAttribute("value"));
    }

    [Fact]
    public async Task Load_more_goes_on_where_the_list_ended()
    {
        for (var i = 0; i < 60; i++)
        {
            await Audit.RecordAsync(Actor.System, "thing.done", $"t{i}", $"Thing {i}", null, Cancellation);
        }

        Navigation.NavigateTo("/settings/audit-log?action=thing");
        var page = Show<AuditLogPage>();
        Assert.Equal(50, page.FindAll("tbody tr").Count);

        Press(page, "Load more");

        page.WaitForAssertion(() => Assert.Equal(60, page.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task The_export_says_its_size_first_and_takes_the_filters_along()
    {
        await KeyAsync("one");
        Navigation.NavigateTo("/settings/audit-log?subject=one");
        var page = Show<AuditLogPage>();

        Press(page, () => page.FindAll("button").Single(b => b.TextContent.Trim() == "Export"));

        page.WaitForAssertion(() => Assert.Contains("1 entry.", page.Find("[role=status]").TextContent, StringComparison.Ordinal));
        Assert.Equal("/settings/audit-log/export?format=csv&subject=one", page.Find("a[download]").GetAttribute("href"));
    }

    [Fact]
    public async Task Whoever_is_no_administrator_sees_none_of_it()
    {
        await KeyAsync("one");
        await DemoteAsync();

        var page = Show<AuditLogPage>();

        Assert.Contains("For administrators", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("table"));
    }
}
