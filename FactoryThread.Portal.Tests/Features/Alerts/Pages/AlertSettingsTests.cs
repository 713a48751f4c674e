using Bunit;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Flows;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Alerts.Pages;

/// <summary>Rules and channels.</summary>
public sealed class AlertSettingsTests : AlertPagesContext
{
    [Fact]
    public async Task A_rule_without_a_threshold_is_refused_and_nothing_typed_is_lost()
    {
        var page = Open("rules");
        Assert.Equal(10, page.FindAll("table[aria-label='Rules of the workspace'] .c-rule").Count);
        Press(page, "Edit Far more requests than usual");
        Inputs()[0].Input("");
        Inputs()[1].Input("250");

        Press(Dialogs, "Save rule");

        Dialogs.WaitForAssertion(() => Assert.Equal("Enter a threshold from 1.5 to 1000 (times the usual), such as 4.", Dialogs.Find("[role=alert]").TextContent));
        Assert.Equal("true", Inputs()[0].GetAttribute("aria-invalid"));
        Assert.Equal("250", Inputs()[1].GetAttribute("value"));
        Inputs()[0].Input("6,5");
        Press(Dialogs, "Save rule");
        page.WaitForAssertion(() => Assert.Contains("6.5 times the usual, from 250 requests in the hour", page.Markup, StringComparison.Ordinal));
        Assert.Equal(6.5, (await App.Get<AlertRuleService>().ListAsync(Caller.CommandLine, Cancellation))[0].Settings.Threshold);
    }

    [Fact]
    public async Task A_key_gets_a_rule_of_its_own_and_loses_it_again()
    {
        await App.KeyAsync(Given.Settings("nightly-job"));
        var page = Open("rules");
        Press(page, "Add rule for a key");
        Dialogs.WaitForElement("input[placeholder='Name or id']").Input("nobody");
        Press(Dialogs, "Save rule");
        Dialogs.WaitForAssertion(() => Assert.Contains("no key with this name", Dialogs.Find("[role=alert]").TextContent, StringComparison.Ordinal));

        Dialogs.Find("input[placeholder='Name or id']").Input("nightly");
        Dialogs.WaitForAssertion(() => Assert.Equal("nightly-job", Dialogs.Find("datalist option").GetAttribute("value")));
        Dialogs.Find("input[placeholder='Name or id']").Input("nightly-job");
        Dialogs.Find("input[type=checkbox]").Change(false);
        Press(Dialogs, "Save rule");

        page.WaitForAssertion(() => Assert.Equal("nightly-job", page.Find("table[aria-label='Rules for single keys'] a").TextContent));
        Assert.Contains("Far more requests than usual: saved for nightly-job.", Snackbars.Markup, StringComparison.Ordinal);
        Press(page, "Remove Far more requests than usual for nightly-job");
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("table[aria-label='Rules for single keys']")));
    }

    [Fact]
    public async Task A_webhook_is_tried_from_the_dialog_saved_with_its_secret_and_shown_without_it()
    {
        string gone;
        await using (var closed = await TargetServer.StartAsync())
        {
            gone = closed.Address;
        }

        await using var receiver = await TargetServer.StartAsync();
        var page = Open("delivery");
        await page.InvokeAsync(() => Press(page, "Add webhook"));
        var secret = Dialogs.WaitForElement("code").TextContent;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Dialogs.Find("input[type=text]").Input(gone);
        await Dialogs.InvokeAsync(() => Press(Dialogs, "Send test"));
        Dialogs.WaitForAssertion(() => Assert.Contains("does not accept connections", Dialogs.Find("[role=alert]").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(15));
        Assert.Equal((gone, secret), (Dialogs.Find("input[type=text]").GetAttribute("value"), Dialogs.Find("code").TextContent));

        Dialogs.Find("input[type=text]").Input(receiver.Address);
        await Dialogs.InvokeAsync(() => Press(Dialogs, "Send test"));
        Dialogs.WaitForAssertion(() => Assert.Contains("The test was delivered.", Dialogs.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(15));
        await Dialogs.InvokeAsync(() => Press(Dialogs, "Add channel"));

        page.WaitForAssertion(() => Assert.Equal(receiver.Address, page.Find("table[aria-label=Channels] .t").TextContent));
        Assert.DoesNotContain(secret, page.Markup + Dialogs.Markup + Snackbars.Markup, StringComparison.Ordinal);
        await page.InvokeAsync(() => Press(page, $"Send test to {receiver.Address}"));
        page.WaitForAssertion(() => Assert.Contains("Delivered", page.Find("table[aria-label='Delivery log']").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(15));
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public void Mail_that_is_refused_names_the_field_and_stays_in_the_log()
    {
        Smtp.Refusals["RCPT"] = "550 no such user";
        var page = Open("delivery");
        Press(page, "Add mail");
        Dialogs.WaitForElement("input[type=text]").Input("nobody");
        Press(Dialogs, "Add channel");
        Dialogs.WaitForAssertion(() => Assert.Contains("'nobody' is not a mail address", Dialogs.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Dialogs.Find("input[type=text]").Input("nobody@example.test");
        Press(Dialogs, "Add channel");
        page.WaitForAssertion(() => Assert.Contains("None yet", page.Markup, StringComparison.Ordinal));

        Press(page, "Send test to nobody@example.test");

        page.WaitForAssertion(
            () => Assert.Contains("does not take mail for nobody@example.test: 550 no such user", page.Find("table[aria-label='Delivery log']").TextContent, StringComparison.Ordinal),
            TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Somebody_who_is_no_administrator_sees_rules_without_buttons_and_no_channels()
    {
        await SignInAsync((await App.UserAsync("operator@example.test", administrator: false)).Id);

        var rules = Open("rules");
        Assert.Empty(rules.FindAll("button"));
        Assert.Equal(["Inbox", "Rules"], rules.FindAll("[role=tab]").Select(tab => tab.TextContent));
        Assert.Contains("Only administrators manage delivery", Open("delivery").Markup, StringComparison.Ordinal);
    }
}
