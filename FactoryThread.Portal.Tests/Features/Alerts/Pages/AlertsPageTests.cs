using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Pages;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Alerts.Delivery;
using FactoryThread.Portal.Tests.Features.Flows;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Alerts.Pages;

/// <summary>The alert pages over the product's own services and database.</summary>
public sealed class AlertsPageTests : PortalBunitContext, IAsyncLifetime
{
    private readonly SmtpServer _smtp = new();
    private PortalApp _app = null!;
    private BunitAuthorizationContext _session = null!;

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(Clock, new()
        {
            ["Alerts:Smtp:Host"] = "127.0.0.1",
            ["Alerts:Smtp:Port"] = $"{_smtp.Port}",
            ["Alerts:Smtp:From"] = "portal@example.test",
            ["Alerts:Smtp:Security"] = "None",
        });
        foreach (var service in new object[] { _app.Get<AlertService>(), _app.Get<AlertRuleService>(), _app.Get<AlertChannelService>(), _app.Get<AlertFeed>(), _app.Get<MailSender>(), _app.Get<UserService>() })
        {
            Services.AddSingleton(service.GetType(), service);
        }

        Services.AddScoped<RequestCaller>();
        Services.AddScoped<CurrentUser>();
        _session = AddAuthorization();
        await SignInAsync((await _app.UserAsync("ada@example.test")).Id);
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _app.DisposeAsync();
        await _smtp.DisposeAsync();
        GC.SuppressFinalize(this);
    }

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
        var alerts = _app.Get<AlertService>();
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
        var counts = await _app.Get<AlertService>().CountAsync(Caller.CommandLine, Cancellation);
        Assert.Equal((1, many), (counts.Open, counts.Acknowledged));
        await using var record = await _app.Contexts.CreateDbContextAsync(Cancellation);
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
        Assert.Equal(1, (await _app.Get<AlertService>().CountAsync(Caller.CommandLine, Cancellation)).Open);
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
        _app.Get<AlertFeed>().Raise();

        bell.WaitForAssertion(() => Assert.Equal("1", bell.Find(".count").TextContent));
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".what")));
        await RaiseAsync(AlertLevel.Critical, "key_2");
        _app.Get<AlertFeed>().Raise();
        bell.WaitForAssertion(() => Assert.Equal("Alerts: 2 open, 1 critical", bell.Find("a").GetAttribute("aria-label")));
    }

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
        Assert.Equal(6.5, (await _app.Get<AlertRuleService>().ListAsync(Caller.CommandLine, Cancellation))[0].Settings.Threshold);
    }

    [Fact]
    public async Task A_key_gets_a_rule_of_its_own_and_loses_it_again()
    {
        await _app.KeyAsync(Given.Settings("nightly-job"));
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
        _smtp.Refusals["RCPT"] = "550 no such user";
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
        await SignInAsync((await _app.UserAsync("operator@example.test", administrator: false)).Id);

        var rules = Open("rules");
        Assert.Empty(rules.FindAll("button"));
        Assert.Equal(["Inbox", "Rules"], rules.FindAll("[role=tab]").Select(tab => tab.TextContent));
        Assert.Contains("Only administrators manage delivery", Open("delivery").Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_sees_an_alert_and_can_do_nothing_with_it()
    {
        await RaiseAsync();
        var viewer = await _app.UserAsync("viewer@example.test", administrator: false);
        await _app.RoleAsync(viewer.Id, PortalRole.Viewer);
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
        await _app.OperatorsReachAllKeysAsync();
        var settings = new ApiKeySettings { Name = "erp" };
        var owning = await _app.UserAsync("owner@example.test", administrator: owner == PortalRole.Administrator);
        var made = (await _app.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, KeyEnvironment.Live, owning.Id), Caller.CommandLine, Cancellation)).Require();
        await RaiseAsync(key: made.Key.Id, kind: AlertKind.KeyExpiring, action: "Regenerate it");
        var user = await _app.UserAsync("somebody@example.test", administrator: false);
        await _app.RoleAsync(user.Id, role);
        await SignInAsync(user.Id);

        var link = Assert.Single(Open("").FindAll(".do a"));

        Assert.Equal((asked, $"/settings/api-keys/{made.Key.Id}?tab=requests"), (link.TextContent, link.GetAttribute("href")));
    }

    private IRenderedComponent<AlertsPage> Open(string tab)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo("/settings/alerts" + (tab.Length == 0 ? "" : $"?tab={tab}"));
        var page = Show<AlertsPage>();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".loading")));
        return page;
    }

    private IReadOnlyList<AngleSharp.Dom.IElement> Inputs() => Dialogs.FindAll("input[type=text]");

    private async Task RaiseAsync(int count, string key = "key")
    {
        for (var i = 1; i <= count; i++)
        {
            await RaiseAsync(key: $"{key}_{i}");
        }
    }

    private async Task RaiseAsync(
        AlertLevel level = AlertLevel.Warning, string key = "key_1", AlertKind kind = AlertKind.UnusualRate, string action = "Look at its requests")
    {
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancellation);
        db.Add(Alert.Raise(
            new Finding(kind, level, key, "erp", "2026112412", "erp made 450 requests.", action, $"/settings/api-keys/{key}?tab=requests", Clock.GetUtcNow()) { KeyId = key },
            Clock.GetUtcNow()));
        await db.SaveChangesAsync(Cancellation);
    }

    private async Task RaiseManyAsync(AlertKind kind, int count)
    {
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancellation);
        db.AddRange(Enumerable.Range(1, count).Select(i => Alert.Raise(
            new Finding(kind, AlertLevel.Warning, $"key_{i}", "erp", "2026112412", "erp made 450 requests.", "Look", "/", Clock.GetUtcNow()) { KeyId = $"key_{i}" },
            Clock.GetUtcNow())));
        await db.SaveChangesAsync(Cancellation);
    }

    private async Task SignInAsync(string userId)
    {
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancellation);
        var user = await db.Users.SingleAsync(u => u.Id == userId, Cancellation);
        var claims = new ClaimsIdentityOptions();
        _session.SetAuthorized(user.Email!).SetClaims(new Claim(claims.UserIdClaimType, userId), new Claim(claims.SecurityStampClaimType, user.SecurityStamp!));
    }
}
