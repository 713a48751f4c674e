using Bunit;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Pages;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Flows.Pages;

public sealed class ExecutionListPageTests : FlowPagesContext
{
    [Fact]
    public async Task Executions_stand_newest_first_and_a_row_opens_to_its_error()
    {
        var key = await KeyAsync("erp");
        await ExecutedAsync(key.Id, "abc123");
        Clock.Advance(TimeSpan.FromMinutes(1));
        var failed = await ExecutedAsync(key.Id, "inv200", "The target answered 500.", test: true);

        var page = Show<ExecutionListPage>();

        var rows = page.FindAll("tbody tr");
        Assert.Equal(2, rows.Count);
        Assert.Contains("Failed", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Invoice push", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Test", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Succeeded", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("12 ms", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Equal($"/settings/api-keys/{key.Id}", rows[1].QuerySelector(".c-key a")!.GetAttribute("href"));
        Press(page, $"Details of {failed}");
        Assert.Contains("The target answered 500.", page.Find("tr.more").TextContent, StringComparison.Ordinal);
        Assert.Equal("true", Button(page, $"Details of {failed}").GetAttribute("aria-expanded"));
    }

    [Fact]
    public async Task Filters_stand_in_the_address_and_narrow_the_list()
    {
        var key = await KeyAsync("erp");
        await ExecutedAsync(key.Id, "abc123");
        await ExecutedAsync(key.Id, "inv200", "The target answered 500.");
        var page = Show<ExecutionListPage>();

        page.Find("select[aria-label='Status']").Change("failed");
        page.WaitForAssertion(() => Assert.Single(page.FindAll("tbody tr")));
        Assert.EndsWith("?status=failed", Navigation.Uri, StringComparison.Ordinal);
        page.Find("select[aria-label='Flow']").Change("abc123");

        page.WaitForAssertion(() => Assert.Contains("No execution matches", page.Markup, StringComparison.Ordinal));
        Press(page, "Show all executions");
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task Load_more_goes_on_where_the_list_ended()
    {
        var key = await KeyAsync("erp");
        for (var i = 0; i < 53; i++)
        {
            await ExecutedAsync(key.Id);
        }

        var page = Show<ExecutionListPage>();
        Assert.Equal(50, page.FindAll("tbody tr").Count);

        Press(page, "Load more");

        page.WaitForAssertion(() => Assert.Equal(53, page.FindAll("tbody tr").Count));
        Assert.DoesNotContain("Load more", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_sees_only_their_own_keys_sees_that_a_flow_ran_but_not_with_whose_key_nor_from_where()
    {
        var operatorId = await AddUserAsync("operator@example.test");
        var own = await ExecutedAsync((await KeyOfAsync(operatorId, "mine")).Id);
        var foreign = await ExecutedAsync((await KeyAsync("not-mine")).Id, "inv200", "The target answered 500.");
        await SignInAsync(operatorId);

        var page = Show<ExecutionListPage>();
        Press(page, $"Details of {own}");
        Press(page, $"Details of {foreign}");

        var rows = page.FindAll("tbody tr");
        Assert.Equal(4, rows.Count);
        Assert.Contains("A key of somebody else", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("The target answered 500.", rows[1].TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("not-mine", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("10.20.4.17", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Equal("mine", rows[2].QuerySelector(".c-key a")!.TextContent);
        Assert.Contains("10.20.4.17", rows[3].TextContent, StringComparison.Ordinal);

        // Nor has the page it in hand.
        var history = Services.GetRequiredService<ExecutionHistory>();
        var given = (await history.ListAsync(new ExecutionQuery(), await Services.GetRequiredService<CurrentUser>().CallerAsync(), Cancellation)).Items;
        Assert.Equal([(null, null, null, null, null), (given[1].KeyId, "mine", "10.20.4.17", "erp/2.1", "0HN7")], given.Select(Telling));
        await SignInAsViewerAsync();
        given = (await history.ListAsync(new ExecutionQuery(), await Services.GetRequiredService<CurrentUser>().CallerAsync(), Cancellation)).Items;
        Assert.Equal(["not-mine", "mine"], given.Select(e => e.KeyName));
        Assert.All(given, e => Assert.Equal("10.20.4.17", e.Address));

        static (string?, string?, string?, string?, string?) Telling(ExecutionRow e) => (e.KeyId, e.KeyName, e.Address, e.UserAgent, e.RequestId);
    }

    [Fact]
    public void With_nothing_to_show_the_page_says_how_to_run_a_flow()
        => Assert.Contains("Nothing has run yet", Show<ExecutionListPage>().Markup, StringComparison.Ordinal);
}
