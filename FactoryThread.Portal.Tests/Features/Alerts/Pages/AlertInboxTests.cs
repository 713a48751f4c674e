using Bunit;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Pages;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Tests.Builders;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Alerts.Pages;

public sealed class AlertInboxTests : AlertPagesContext
{
    [Fact]
    public async Task A_part_of_the_inbox_has_an_address()
    {
        await RaiseAsync();

        var page = Open("inbox&show=resolved");

        Assert.Contains("No resolved alerts yet", page.Markup, StringComparison.Ordinal);
        Press(page, "Open 1");
        page.WaitForAssertion(() => Assert.Equal("erp made 450 requests.", page.Find(".what").TextContent));
    }

    [Fact]
    public async Task Another_part_of_it_begins_on_its_first_page()
    {
        var alerts = App.Get<AlertService>();
        await RaiseAsync(26);
        foreach (var alert in (await alerts.ListAsync(InboxFilter.Open, 0, 100, Caller.CommandLine, Cancellation)).Items)
        {
            (await alerts.AcknowledgeAsync(alert.Id, Caller.CommandLine, Cancellation)).Require();
        }

        await RaiseAsync(27, "later");
        var page = Open("");
        Press(page, "Next");
        page.WaitForAssertion(() => Assert.Contains("26–27 of 27", page.Markup, StringComparison.Ordinal));

        await page.InvokeAsync(() => Press(page, "Acknowledged 26"));

        page.WaitForAssertion(() => Assert.Contains("1–25 of 26", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_of_a_kind_are_acknowledged_together_and_those_of_others_stay()
    {
        var (kind, many) = (AlertKindInfo.Of(AlertKind.UnusualRate), AlertService.AtOnce + 1);
        await RaiseManyAsync(kind.Kind, many);
        await RaiseAsync(kind: AlertKind.NewNetwork);
        var page = Open("");
        Assert.DoesNotContain(page.FindAll("button"), button => button.TextContent.StartsWith("Acknowledge all", StringComparison.Ordinal));

        page.Find("select[aria-label='Kind']").Change(kind.Code);
        page.WaitForAssertion(() => Assert.Contains($"1–25 of {many}", page.Markup, StringComparison.Ordinal));
        Assert.EndsWith($"?kind={kind.Code}", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        Press(page, $"Acknowledge all {many}");

        page.WaitForAssertion(() => Assert.Contains("None of this kind", page.Markup, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Contains($"{many} alerts acknowledged", Snackbars.Markup, StringComparison.Ordinal));
        Press(page, "All kinds");
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".what")));
        var counts = await App.Get<AlertService>().CountAsync(Caller.CommandLine, Cancellation);
        Assert.Equal((1, many), (counts.Open, counts.Acknowledged));
        await using var record = await App.Contexts.CreateDbContextAsync(Cancellation);
        Assert.Equal(2, await record.Set<AuditEntry>().CountAsync(e => e.Action == "alert.all_acknowledged", Cancellation));
    }

    [Fact]
    public async Task Acknowledging_many_can_be_stopped_and_what_is_done_stays_done()
    {
        Clock.WorkTakes = TimeSpan.FromSeconds(1);
        var (kind, many) = (AlertKindInfo.Of(AlertKind.UnusualRate), AlertService.AtOnce + 1);
        await RaiseManyAsync(kind.Kind, many);
        var page = Open("");
        page.Find("select[aria-label='Kind']").Change(kind.Code);
        page.WaitForAssertion(() => Assert.Contains($"Acknowledge all {many}", page.Markup, StringComparison.Ordinal));

        Press(page, $"Acknowledge all {many}");
        page.WaitForAssertion(() => Assert.Contains($"acknowledged {AlertService.AtOnce} of {many}", page.Markup, StringComparison.Ordinal));
        Press(page, "Stop");

        page.WaitForAssertion(() => Assert.Contains($"Stopped. {AlertService.AtOnce} alerts acknowledged; the others stay open.", Snackbars.Markup, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".what")));
        Assert.Empty(page.Find(".progress-note").TextContent);
        Assert.Equal(1, (await App.Get<AlertService>().CountAsync(Caller.CommandLine, Cancellation)).Open);
    }

    [Fact]
    public async Task The_inbox_says_what_was_seen_and_leads_to_the_next_action()
    {
        await RaiseAsync();
        var page = Open("");

        Assert.Equal("erp made 450 requests.", page.Find(".what").TextContent);
        Assert.Equal("/settings/api-keys/key_1?tab=requests", page.Find(".do a").GetAttribute("href"));
        Assert.Equal("Warning", page.Find(".chip").TextContent.Trim());

        Press(page, "Acknowledge: erp");
        page.WaitForAssertion(() => Assert.Contains("Nothing needs you", page.Markup, StringComparison.Ordinal));
        Press(page, "Acknowledged 1");
        page.WaitForAssertion(() => Assert.Contains("Acknowledged by ada@example.test", page.Markup, StringComparison.Ordinal));
        page.Find("select[aria-label='Snooze: erp']").Change("8");
        page.WaitForAssertion(() => Assert.Contains("No acknowledged alerts", page.Markup, StringComparison.Ordinal));
        Press(page, "Snoozed 1");
        page.WaitForAssertion(() => Assert.Contains("Snoozed until", page.Markup, StringComparison.Ordinal));
        Press(page, "Resolve: erp");
        page.WaitForAssertion(() => Assert.Contains("No snoozed alerts", page.Markup, StringComparison.Ordinal));
        Press(page, "Resolved");
        page.WaitForAssertion(() => Assert.Contains("Resolved by ada@example.test", page.Markup, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("[aria-label='Resolve: erp']"));
    }

    [Fact]
    public async Task The_bell_and_the_open_inbox_follow_what_happens()
    {
        var bell = Show<AlertBell>();
        var page = Open("");
        Assert.Equal("Alerts: none open", bell.Find("a").GetAttribute("aria-label"));
        Assert.Empty(bell.FindAll(".count"));

        await RaiseAsync();
        App.Get<AlertFeed>().Raise();

        bell.WaitForAssertion(() => Assert.Equal("1", bell.Find(".count").TextContent));
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".what")));
        await RaiseAsync(AlertLevel.Critical, "key_2");
        App.Get<AlertFeed>().Raise();
        bell.WaitForAssertion(() => Assert.Equal("Alerts: 2 open, 1 critical", bell.Find("a").GetAttribute("aria-label")));
    }

    [Fact]
    public async Task A_viewer_sees_an_alert_and_can_do_nothing_with_it()
    {
        await RaiseAsync();
        var viewer = await App.UserAsync("viewer@example.test", administrator: false);
        await App.RoleAsync(viewer.Id, PortalRole.Viewer);
        await SignInAsync(viewer.Id);

        var page = Open("");

        Assert.Equal("erp made 450 requests.", page.Find(".what").TextContent);
        Assert.Empty(page.FindAll(".do button, .do select"));
    }

    [Theory]
    [InlineData(PortalRole.Viewer, PortalRole.Operator, "See the key")]
    [InlineData(PortalRole.Operator, PortalRole.Administrator, "See the key")]
    [InlineData(PortalRole.Operator, PortalRole.Operator, "Regenerate it")]
    [InlineData(PortalRole.Administrator, PortalRole.Administrator, "Regenerate it")]
    public async Task An_alert_asks_nobody_to_do_what_they_may_not(PortalRole role, PortalRole owner, string asked)
    {
        await App.OperatorsReachAllKeysAsync();
        var settings = new ApiKeySettings { Name = "erp" };
        var owning = await App.UserAsync("owner@example.test", administrator: owner == PortalRole.Administrator);
        var made = (await App.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, KeyEnvironment.Live, owning.Id), Caller.CommandLine, Cancellation)).Require();
        await RaiseAsync(key: made.Key.Id, kind: AlertKind.KeyExpiring, action: "Regenerate it");
        var user = await App.UserAsync("somebody@example.test", administrator: false);
        await App.RoleAsync(user.Id, role);
        await SignInAsync(user.Id);

        var link = Assert.Single(Open("").FindAll(".do a"));

        Assert.Equal((asked, $"/settings/api-keys/{made.Key.Id}?tab=requests"), (link.TextContent, link.GetAttribute("href")));
    }
}
