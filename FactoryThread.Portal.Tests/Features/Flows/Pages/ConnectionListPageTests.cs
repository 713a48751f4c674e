using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Pages;

namespace FactoryThread.Portal.Tests.Features.Flows.Pages;

public sealed class ConnectionListPageTests : FlowPagesContext
{
    private const string Secret = "hush-hush-value";

    [Fact]
    public async Task The_dialog_stores_a_secret_and_the_page_shows_only_its_name()
    {
        var page = Show<ConnectionListPage>();
        Press(page, "Add the first connection");
        Dialogs.WaitForElement("input[placeholder='ERP production']").Input("ERP");
        Dialogs.Find("input[type=url]").Input("https://erp.example.test/api");
        Dialogs.Find("input[aria-label='Header name']").Input("X-Erp-Key");
        Dialogs.Find("input[type=password]").Input(Secret);

        Press(Dialogs, "Create connection");

        page.WaitForAssertion(() => Assert.Contains("X-Erp-Key", page.Find("tbody").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, page.Markup + Dialogs.Markup + Snackbars.Markup, StringComparison.Ordinal);
        Assert.Equal(["X-Erp-Key"], Assert.Single((await Connections.ListAsync(Caller.CommandLine, Cancellation)).Require()).HeaderNames);
    }

    [Fact]
    public async Task Editing_keeps_a_value_that_is_left_empty_and_asks_again_for_another_host()
    {
        await AddAsync();
        var page = Show<ConnectionListPage>();
        Press(page, "Edit ERP");
        Assert.DoesNotContain(Secret, Dialogs.Markup, StringComparison.Ordinal);
        Dialogs.WaitForElement("input[type=url]").Input("https://evil.example.test");

        Press(Dialogs, "Save changes");
        Dialogs.WaitForAssertion(() => Assert.Contains("leads to another host", Dialogs.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Dialogs.Find("input[type=url]").Input("https://erp.example.test/v2");
        Press(Dialogs, "Save changes");

        page.WaitForAssertion(() => Assert.Contains("https://erp.example.test/v2", page.Find("tbody").TextContent, StringComparison.Ordinal));
        Assert.Equal(["X-Erp-Key"], Assert.Single((await Connections.ListAsync(Caller.CommandLine, Cancellation)).Require()).HeaderNames);
    }

    [Fact]
    public async Task Deleting_says_which_flows_stand_against_it()
    {
        var connection = await AddAsync();
        await Flows.UpdateAsync("abc123", s => s with { Live = new FlowTarget("orders", connection.Id) }, Caller.CommandLine, Cancellation);
        var page = Show<ConnectionListPage>();
        Assert.Equal("Order sync", page.Find(".c-uses a").TextContent);

        Press(page, "Delete ERP");
        Dialogs.WaitForAssertion(() => Assert.Contains("It is the target of Order sync", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Delete connection");

        Snackbars.WaitForAssertion(() => Assert.Contains("is used by Order sync", Snackbars.Markup, StringComparison.Ordinal));
        Assert.Single((await Connections.ListAsync(Caller.CommandLine, Cancellation)).Require());
    }

    [Fact]
    public async Task Somebody_who_is_no_administrator_sees_why_there_is_nothing()
    {
        await AddAsync();
        await SignInAsync(await AddUserAsync("operator@example.test"));

        var page = Show<ConnectionListPage>();

        Assert.Contains("Only administrators manage connections", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("ERP", page.Find(".card").TextContent.Replace("portal", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
    }

    private async Task<ConnectionView> AddAsync()
        => (await Connections.CreateAsync(
            new ConnectionSettings { Name = "ERP", BaseAddress = "https://erp.example.test/api", Headers = [new("X-Erp-Key", Secret)] }, Caller.CommandLine, Cancellation)).Require();
}
