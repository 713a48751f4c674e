using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Pages;

namespace FactoryThread.Portal.Tests.Features.Flows.Pages;

public sealed class FlowListPageTests : FlowPagesContext
{
    [Fact]
    public async Task The_list_shows_status_endpoint_and_last_run_of_each_flow()
    {
        var key = await KeyAsync("erp");
        await Flows.PublishAsync("inv200", false, Caller.CommandLine, Cancellation);
        await ExecutedAsync(key.Id, "abc123");
        await ExecutedAsync(key.Id, "stk310", "The target answered 500.");

        var page = Show<FlowListPage>();

        Assert.Contains("4 flows · 3 published", page.Markup, StringComparison.Ordinal);
        string Row(string id) => page.FindAll("tbody tr").Single(r => r.TextContent.Contains(id, StringComparison.Ordinal)).TextContent;
        Assert.Contains("Published", Row("abc123"), StringComparison.Ordinal);
        Assert.Contains("/api/orders", Row("abc123"), StringComparison.Ordinal);
        Assert.DoesNotContain("Never run", Row("abc123"), StringComparison.Ordinal);
        Assert.Contains("Draft", Row("inv200"), StringComparison.Ordinal);
        Assert.Contains("Never run", Row("inv200"), StringComparison.Ordinal);
        Assert.Contains("Failed", Row("stk310"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_keys_for_search_and_create_find_their_places()
    {
        var page = Show<FlowListPage>();

        Assert.Equal("Search flows", Assert.Single(page.FindAll("input[data-search]")).GetAttribute("aria-label"));
        Assert.Equal("New flow", Assert.Single(page.FindAll("button[data-create]")).TextContent.Trim());
    }

    [Fact]
    public void Search_narrows_the_list_and_stands_in_the_address()
    {
        var page = Show<FlowListPage>();

        page.Find("input[aria-label='Search flows']").Input("invoice");

        Assert.Equal("Invoice push", Assert.Single(page.FindAll("tbody a.t")).TextContent);
        Assert.EndsWith("?search=invoice", Navigation.Uri, StringComparison.Ordinal);
        page.Find("input[aria-label='Search flows']").Input("nothing like this");
        Press(page, "Show all flows");
        Assert.Equal(4, page.FindAll("tbody tr").Count);
    }

    [Fact]
    public async Task The_dialog_makes_a_flow_and_names_the_field_that_is_wrong()
    {
        var page = Show<FlowListPage>();
        Press(page, "New flow");
        Dialogs.WaitForElement("input[placeholder='Order sync']").Input("Price list");
        Dialogs.Find("input[placeholder='abc123']").Input("prc-1");
        Dialogs.Find("input[placeholder='orders']").Input("orders");

        Press(Dialogs, "Create flow");
        Dialogs.WaitForAssertion(() => Assert.Contains("belongs to the flow 'abc123'", Dialogs.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Dialogs.Find("input[placeholder='orders']").Input("prices");
        Dialogs.Find("select[aria-label='Live target kind']").Change("http");
        Dialogs.Find("input[aria-label='Live target address']").Input("https://erp.example.test/prices");
        Press(Dialogs, "Create flow");

        page.WaitForAssertion(() => Assert.EndsWith("/workspace/flows/prc-1", Navigation.Uri, StringComparison.Ordinal));
        var flow = (await Flows.GetAsync("prc-1", Cancellation)).Require();
        Assert.Equal(("Price list", "prices", "https://erp.example.test/prices", true, false), (flow.Name, flow.Route, flow.Live.Address, flow.Test.IsEcho, flow.Published));
    }

    [Fact]
    public async Task An_http_target_without_an_address_is_refused_and_does_not_become_the_echo()
    {
        var page = Show<FlowListPage>();
        Press(page, "New flow");
        Dialogs.WaitForElement("input[placeholder='Order sync']").Input("Price list");
        Dialogs.Find("input[placeholder='abc123']").Input("prc-1");
        Dialogs.Find("select[aria-label='Test target kind']").Change("http");

        Press(Dialogs, "Create flow");

        Dialogs.WaitForAssertion(() => Assert.Contains("A target is echo, or an address", Dialogs.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.NotNull((await Flows.GetAsync("prc-1", Cancellation)).Failure);
    }
}
