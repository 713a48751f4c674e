using Bunit;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Usage.Pages;

public sealed class RequestsTabTests : UsagePagesContext
{
    [Fact]
    public async Task Requests_stand_newest_first_and_a_row_opens_with_all_that_is_known()
    {
        await RecordAsync(requestId: "first");
        await RecordAsync(outcome: Outcome.Failed, after: TimeSpan.FromSeconds(1), requestId: "second");

        var tab = Shown();
        var rows = tab.FindAll("tbody tr");
        Assert.Equal(["Failed", "Succeeded"], rows.Select(r => r.QuerySelector(".chip")!.TextContent.Trim()));
        Press(tab, "Details of request second");

        Dialogs.WaitForAssertion(() => Assert.Contains("The target answered 500.", Dialogs.Markup, StringComparison.Ordinal));
        foreach (var text in new[] { RequestCodes.Meaning("flow_failed")!, "24 Nov 2026, 12:00:01.000", "POST /flows/{flowId}/execute", "502 in 12 ms", "10.20.4.17", "erp/2.1", "second", "against the limits" })
        {
            Assert.Contains(text, Dialogs.Find(".mud-dialog").TextContent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_narrow_the_list()
    {
        await RecordAsync(3);
        await RecordAsync(1, Outcome.Refused, flow: "inv200", address: "10.0.0.9");
        var tab = Shown();

        tab.Find("select[aria-label=Outcome]").Change("refused");
        tab.WaitForAssertion(() => Assert.Single(tab.FindAll("tbody tr")));
        Assert.EndsWith("?outcome=refused", Navigation.Uri, StringComparison.Ordinal);
        tab.Find("input[aria-label=Address]").Change(" 10.20.4.17 ");

        tab.WaitForAssertion(() => Assert.Contains("No request matches", tab.Markup, StringComparison.Ordinal));
        Press(tab, "Show all requests");
        tab.WaitForAssertion(() => Assert.Equal(4, tab.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task A_filter_from_a_link_is_taken_over()
    {
        await RecordAsync(2);
        await RecordAsync(1, Outcome.Failed);
        Navigation.NavigateTo("?tab=requests&code=flow_failed");

        Assert.Single(Shown().FindAll("tbody tr"));
    }

    [Fact]
    public async Task A_time_in_the_viewers_zone_stands_in_the_address_and_narrows_the_list()
    {
        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");
        await RecordAsync(1, requestId: "now");
        await RecordAsync(1, after: TimeSpan.FromHours(-2), requestId: "before");
        var tab = Shown();

        // 12:00 UTC is 13:00 in Berlin.
        tab.FindAll("input[type=datetime-local]")[0].Change("2026-11-24T10:30");
        tab.FindAll("input[type=datetime-local]")[1].Change("2026-11-24T13:00");

        tab.WaitForAssertion(() => Assert.NotNull(tab.Find("button[aria-label='Details of request before']")));
        tab.WaitForAssertion(() => Assert.Single(tab.FindAll("tbody tr")));
        Assert.EndsWith("?from=2026-11-24T10:30&to=2026-11-24T13:00", Uri.UnescapeDataString(Navigation.Uri), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_from_a_link_reaches_to_its_end()
    {
        await RecordAsync(2, after: TimeSpan.FromDays(-1));
        await RecordAsync(1);
        Navigation.NavigateTo("?tab=requests&from=2026-11-23&to=2026-11-23");

        Assert.Equal(2, Shown().FindAll("tbody tr").Count);
    }

    [Fact]
    public async Task A_time_turned_round_names_the_field_keeps_what_was_typed_and_leaves_the_list_standing()
    {
        await RecordAsync(2);
        var tab = Shown();

        tab.FindAll("input[type=datetime-local]")[0].Change("2026-11-24T13:00");
        tab.WaitForAssertion(() => Assert.Contains("No request matches", tab.Markup, StringComparison.Ordinal));
        tab.FindAll("input[type=datetime-local]")[1].Change("2026-11-23T13:00");

        tab.WaitForAssertion(() => Assert.Contains("'From' must lie before 'To'", tab.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Equal(["2026-11-24T13:00", "2026-11-23T13:00"], tab.FindAll("input[type=datetime-local]").Select(i => i.GetAttribute("value")));
        Assert.Equal("true", tab.FindAll("input[type=datetime-local]")[0].GetAttribute("aria-invalid"));
    }

    [Fact]
    public async Task A_time_from_a_link_that_is_none_says_so_instead_of_showing_all()
    {
        await RecordAsync(2);
        Navigation.NavigateTo("?tab=requests&to=noon");

        var tab = Shown();

        Assert.Contains("'To' must be a date and a time", tab.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Press(tab, "Show all requests");
        tab.WaitForAssertion(() => Assert.Equal(2, tab.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task Load_more_goes_on_where_the_list_ended()
    {
        await RecordAsync(53);
        var tab = Shown();
        Assert.Equal(50, tab.FindAll("tbody tr").Count);

        Press(tab, "Load more");

        tab.WaitForAssertion(() => Assert.Equal(53, tab.FindAll("tbody tr").Count));
        Assert.DoesNotContain("Load more", tab.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_without_requests_says_what_will_stand_here()
        => Assert.Contains("No requests yet", Shown().Markup, StringComparison.Ordinal);

    [Fact]
    public void Every_verdict_that_a_key_can_meet_is_explained()
    {
        // These never come with an issued key, or are not recorded.
        VerdictCode[] keyless = [VerdictCode.MissingKey, VerdictCode.AmbiguousKey, VerdictCode.MalformedKey, VerdictCode.TooManyFailures, VerdictCode.StoreUnavailable];

        Assert.All(Enum.GetValues<VerdictCode>().Except(keyless), code => Assert.NotNull(RequestCodes.Meaning(code.Answer().Code)));
    }

    [Fact]
    public async Task Of_a_key_that_the_reader_may_see_no_longer_nothing_more_is_loaded()
    {
        await RecordAsync(51);
        var tab = Shown();
        Reader.Caller = Caller.Nobody;

        Press(tab, "Load more");

        tab.WaitForAssertion(() => Assert.Contains("There is no such key, or it is not yours to see.", tab.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("10.20.4.17", tab.Markup, StringComparison.Ordinal);
    }

    private IRenderedComponent<RequestsTab> Shown()
    {
        var tab = Show<RequestsTab>(p => p.Add(t => t.KeyId, KeyId));
        tab.WaitForAssertion(() => Assert.DoesNotContain("Loading requests", tab.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        return tab;
    }
}
