using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Pages;

namespace FactoryThread.Portal.Tests.Features.Flows.Pages;

public sealed class FlowDetailsPageTests : FlowPagesContext
{
    [Fact]
    public async Task The_page_shows_targets_keys_the_call_and_what_ran()
    {
        var key = await KeyAsync("erp-orders", KeyPermission.SpecificFlows, "abc123");
        await KeyAsync("all-flows");
        await KeyAsync("reports", KeyPermission.ReadOnly);
        var connection = (await Connections.CreateAsync(new ConnectionSettings { Name = "ERP", BaseAddress = "https://erp.example.test/api" }, Caller.CommandLine, Cancellation)).Require();
        await Flows.UpdateAsync("abc123", s => s with { Live = new FlowTarget("orders", connection.Id) }, Caller.CommandLine, Cancellation);
        await ExecutedAsync(key.Id);

        var page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "abc123"));

        Assert.Contains("https://erp.example.test/api/orders", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Echo: returns its input", page.Markup, StringComparison.Ordinal);
        Assert.Contains("2 active keys may execute it: 1 with All flows, 1 with this flow selected.", page.Markup, StringComparison.Ordinal);
        var curl = page.Find("pre").TextContent;
        Assert.Contains("curl -X POST http://localhost/flows/abc123/execute", curl, StringComparison.Ordinal);
        Assert.Contains("Bearer $FACTORYTHREAD_API_KEY", curl, StringComparison.Ordinal);
        Assert.Equal("erp-orders", page.Find($"a[href='/settings/api-keys/{key.Id}']").TextContent);

        // Who sees only their own keys is not told whose it was.
        await SignInAsync(await AddUserAsync("operator@example.test"));
        page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "abc123"));
        Assert.Contains("A key of somebody else", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("erp-orders", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_key_that_may_run_it_one_is_offered()
    {
        var page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "abc123"));

        var link = Assert.Single(page.FindAll("dd a"), a => a.TextContent == "Create a key for it");
        Assert.Equal("/settings/api-keys?name=&permission=specific_flows&flow=abc123", link.GetAttribute("href"));
    }

    [Fact]
    public async Task A_viewer_sees_flows_without_the_actions()
    {
        await SignInAsViewerAsync();

        var list = Show<FlowListPage>();
        var page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "abc123"));

        Assert.Contains("abc123", list.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("New flow", list.Markup, StringComparison.Ordinal);
        Assert.Contains("Definition", page.Markup, StringComparison.Ordinal);
        Assert.Contains("No active key may execute it.", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("Create a key for it", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(page.FindAll("button"), b => b.TextContent is "Edit" or "Publish" or "Unpublish");
    }

    [Fact]
    public async Task Unpublishing_says_first_how_many_keys_it_hits()
    {
        await KeyAsync("erp-orders", KeyPermission.SpecificFlows, "abc123");
        var page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "abc123"));

        Press(page, "Unpublish");
        Dialogs.WaitForAssertion(() => Assert.Contains("1 active key may execute this flow. Their calls are refused from now on (403 flow_not_published); it has never run.", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Cancel");
        Assert.True((await Flows.GetAsync("abc123", Cancellation)).Require().Published);

        Press(page, "Unpublish");
        Dialogs.WaitForElement("h2");
        Press(Dialogs, "Unpublish flow");

        page.WaitForAssertion(() => Assert.Contains("This flow is a draft", page.Markup, StringComparison.Ordinal));
        Assert.False((await Flows.GetAsync("abc123", Cancellation)).Require().Published);
        Press(page, "Publish");
        Dialogs.WaitForAssertion(() => Assert.Contains("1 active key can execute it", Dialogs.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_edit_on_a_state_that_somebody_changed_meanwhile_is_refused_and_keeps_what_was_typed()
    {
        var page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "abc123"));
        Press(page, "Edit");
        Dialogs.WaitForElement("input[placeholder='Order sync']").Input("Mine");
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Flows.UpdateAsync("abc123", s => s with { Name = "Theirs" }, Caller.CommandLine, Cancellation);

        Press(Dialogs, "Save changes");

        Dialogs.WaitForAssertion(() => Assert.Contains("Somebody changed this flow meanwhile", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal("Mine", Dialogs.Find("input[placeholder='Order sync']").GetAttribute("value"));
        Assert.Equal("Theirs", (await Flows.GetAsync("abc123", Cancellation)).Require().Name);
    }

    [Fact]
    public void A_flow_that_does_not_exist_leads_back_to_the_list()
    {
        var page = Show<FlowDetailsPage>(p => p.Add(x => x.Id, "nope"));

        Assert.Contains("There is no such flow", page.Markup, StringComparison.Ordinal);
        Assert.NotNull(page.Find("a[href='/workspace/flows']"));
    }
}
