using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Alerts;

public sealed class AlertServiceTests
{
    private static readonly Caller Owner = new(new Actor(ActorKind.User, "u1", "ada@example.test"), "u1", PortalRole.Operator, AllKeys: false);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acknowledging_snoozing_and_resolving_move_an_alert_and_are_recorded()
    {
        await using var rig = await AlertRig.StartAsync();
        var changes = 0;
        rig.Get<AlertFeed>().Changed += () => changes++;
        var id = await AlertAsync(rig);
        Assert.Equal(new InboxCounts(1, 1, 0, 0), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));

        await rig.Inbox.AcknowledgeAsync(id, Caller.CommandLine, Cancel);
        Assert.Equal(new InboxCounts(0, 0, 1, 0), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));
        await rig.Inbox.SnoozeAsync(id, TimeSpan.FromHours(1), Caller.CommandLine, Cancel);
        Assert.Equal(new InboxCounts(0, 0, 0, 1), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));
        Assert.Single((await rig.Inbox.ListAsync(InboxFilter.Snoozed, 0, 10, Caller.CommandLine, Cancel)).Items);
        var before = changes;
        rig.Time.Advance(TimeSpan.FromHours(1));
        await rig.RunAsync();
        Assert.True(changes > before, "the end of a snooze is not told");
        await rig.Inbox.ResolveAsync(id, Caller.CommandLine, Cancel);

        Assert.Equal(new InboxCounts(0, 0, 0, 0), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));
        Assert.Equal(Caller.CommandLine.Actor.Name, Assert.Single((await rig.Inbox.ListAsync(InboxFilter.Resolved, 0, 10, Caller.CommandLine, Cancel)).Items).ResolvedBy);
        Assert.Equal(FailureKind.NotFound, (await rig.Inbox.ResolveAsync(id, Caller.CommandLine, Cancel)).Failure?.Kind);
        Assert.Equal("until", (await rig.Inbox.SnoozeAsync(id, TimeSpan.Zero, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal("until", (await rig.Inbox.SnoozeAsync(id, TimeSpan.FromDays(91), Caller.CommandLine, Cancel)).Failure?.Field);
        await using var db = await rig.ContextAsync();
        Assert.Equal(
            ["alert.acknowledged", "alert.snoozed", "alert.resolved"],
            await db.Set<AuditEntry>().Where(e => e.SubjectType == "alert").OrderBy(e => e.Id).Select(e => e.Action).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Nobody_acknowledges_alerts_together_that_they_have_not_seen()
    {
        await using var rig = await AlertRig.StartAsync();
        var id = await AlertAsync(rig);
        await using var db = await rig.ContextAsync();
        var alert = await db.Set<Alert>().SingleAsync(a => a.Id == id, Cancel);

        Assert.Empty(await AcknowledgeAsync(0, id - 1));
        Assert.Empty(await AcknowledgeAsync(id, long.MaxValue));
        Assert.Empty((await rig.Inbox.AcknowledgeAllAsync(alert.Kind + 1, 0, id, Caller.CommandLine, Cancel)).Require());
        Assert.Empty((await rig.Inbox.AcknowledgeAllAsync(alert.Kind, 0, id, Owner, Cancel)).Require());
        Assert.Equal([new KindCount(alert.Kind, 1, id)], await rig.Inbox.KindsAsync(InboxFilter.Open, Caller.CommandLine, Cancel));
        Assert.Equal([id], (await rig.Inbox.AcknowledgeAllAsync(alert.Kind, 0, id, Owner with { UserId = rig.OwnerId }, Cancel)).Require());
        Assert.Empty(await rig.Inbox.KindsAsync(InboxFilter.Open, Caller.CommandLine, Cancel));

        async Task<IReadOnlyList<long>> AcknowledgeAsync(long after, long upTo)
            => (await rig.Inbox.AcknowledgeAllAsync(alert.Kind, after, upTo, Caller.CommandLine, Cancel)).Require();
    }

    [Fact]
    public async Task People_see_alerts_of_their_own_keys_and_administrators_all()
    {
        await using var rig = await AlertRig.StartAsync();
        var id = await AlertAsync(rig);

        Assert.Equal(0, (await rig.Inbox.CountAsync(Owner, Cancel)).Open);
        Assert.Equal(FailureKind.NotFound, (await rig.Inbox.AcknowledgeAsync(id, Owner, Cancel)).Failure?.Kind);
        Assert.Equal(1, (await rig.Inbox.CountAsync(Owner with { UserId = rig.OwnerId }, Cancel)).Open);
        Assert.Equal(1, (await rig.Inbox.CountAsync(Owner with { AllKeys = true }, Cancel)).Open);
        Assert.Equal(new OpenAlerts(0, 0), await rig.Inbox.OpenAsync(Owner, Cancel));
        Assert.Equal(new OpenAlerts(1, 1), await rig.Inbox.OpenAsync(Owner with { UserId = rig.OwnerId }, Cancel));
    }

    [Fact]
    public async Task The_bell_counts_what_is_open_up_to_a_hundred_and_the_inbox_counts_all()
    {
        await using var rig = await AlertRig.StartAsync();
        var id = await AlertAsync(rig);
        Assert.Equal(new OpenAlerts(1, 1), await rig.Inbox.OpenAsync(Caller.CommandLine, Cancel));
        await rig.Inbox.AcknowledgeAsync(id, Caller.CommandLine, Cancel);
        Assert.Equal(new OpenAlerts(0, 0), await rig.Inbox.OpenAsync(Caller.CommandLine, Cancel));

        await rig.OldKeysAsync(130);
        await rig.RunAsync();

        Assert.Equal(new OpenAlerts(OpenAlerts.Most, 0), await rig.Inbox.OpenAsync(Caller.CommandLine, Cancel));
        Assert.Equal(130, (await rig.Inbox.CountAsync(Caller.CommandLine, Cancel)).Open);
    }

    [Fact]
    public async Task What_gets_worse_comes_back_to_whoever_had_put_it_away()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 });
        rig.Call(key, 85);
        var id = Assert.Single(await rig.RunAsync()).Id;
        await rig.Inbox.AcknowledgeAsync(id, Caller.CommandLine, Cancel);
        rig.Call(key, 2);
        await rig.RunAsync();
        Assert.Equal(0, (await rig.Inbox.CountAsync(Caller.CommandLine, Cancel)).Open);

        rig.Call(key, 13);
        await rig.RunAsync();
        Assert.Equal(new InboxCounts(1, 1, 0, 0), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));
    }

    [Fact]
    public async Task What_gets_worse_ends_its_snooze()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 });
        rig.Call(key, 85);
        var id = Assert.Single(await rig.RunAsync()).Id;
        (await rig.Inbox.SnoozeAsync(id, TimeSpan.FromHours(8), Caller.CommandLine, Cancel)).Require();
        rig.Call(key, 2);
        await rig.RunAsync();
        Assert.Equal(new InboxCounts(0, 0, 0, 1), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));

        rig.Call(key, 13);
        await rig.RunAsync();

        Assert.Equal(new InboxCounts(1, 1, 0, 0), await rig.Inbox.CountAsync(Caller.CommandLine, Cancel));
    }

    [Fact]
    public async Task Rules_and_channels_are_the_administrators_and_each_change_is_recorded()
    {
        await using var rig = await AlertRig.StartAsync();
        var rule = RuleSettings.Default(AlertKind.LimitDay);
        var hook = new ChannelSettings(ChannelType.Webhook, "https://hooks.example.test/a", ChannelPace.AtOnce, AlertLevel.Notice, Secret: ChannelSettings.NewSecret());
        Assert.Equal(FailureKind.Forbidden, (await rig.Rules.SetAsync(AlertKind.LimitDay, null, rule, Owner, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await rig.Rules.ResetAsync(AlertKind.LimitDay, null, Owner, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await rig.Channels.ListAsync(Owner, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await rig.Channels.LogAsync(0, 10, Owner, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await rig.Channels.SaveAsync(null, hook, Owner, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await rig.Channels.TestAsync(null, hook, Owner, Cancel)).Failure?.Kind);
        Assert.Equal("secret", (await rig.Channels.SaveAsync(null, hook with { Secret = null }, Caller.CommandLine, Cancel)).Failure?.Field);

        await rig.Rules.SetAsync(AlertKind.LimitDay, null, rule with { Threshold = 70 }, Caller.CommandLine, Cancel);
        Assert.Equal((70, false), (await rig.Rules.ListAsync(Caller.CommandLine, Cancel)).Where(r => r.Info.Kind == AlertKind.LimitDay).Select(r => ((int)r.Settings.Threshold!, r.IsDefault)).Single());
        await rig.Rules.ResetAsync(AlertKind.LimitDay, null, Caller.CommandLine, Cancel);
        var key = await rig.KeyAsync("erp");
        await rig.Rules.SetAsync(AlertKind.LimitDay, key.Id, rule with { Threshold = 60 }, Caller.CommandLine, Cancel);
        await rig.Rules.ResetAsync(AlertKind.LimitDay, key.Id, Caller.CommandLine, Cancel);
        var channel = (await rig.Channels.SaveAsync(null, hook, Caller.CommandLine, Cancel)).Require();
        await rig.Channels.SaveAsync(channel.Id, hook with { Secret = null, Enabled = false }, Caller.CommandLine, Cancel);
        await rig.Channels.DeleteAsync(channel.Id, Caller.CommandLine, Cancel);

        await using var db = await rig.ContextAsync();
        var entries = await db.Set<AuditEntry>().Where(e => e.SubjectType == "alert_rule" || e.SubjectType == "alert_channel").OrderBy(e => e.Id).ToListAsync(Cancel);
        Assert.Equal(["alert_rule.updated", "alert_rule.reset", "alert_rule.updated", "alert_rule.reset", "alert_channel.created", "alert_channel.updated", "alert_channel.deleted"], entries.Select(e => e.Action));
        Assert.All(entries[2..4], e => Assert.Equal("erp", e.SubjectName));
        Assert.Equal("""{"threshold":{"from":80,"to":70}}""", entries[0].Details);
        Assert.DoesNotContain(entries, e => e.Details!.Contains("whsec_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rule_for_a_key_needs_a_key_and_a_rule_that_keys_can_have()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.KeyAsync("twice");
        await rig.KeyAsync("twice");
        var rule = RuleSettings.Default(AlertKind.LimitDay);

        Assert.Equal("key", (await rig.Rules.SetAsync(AlertKind.LimitDay, "nobody", rule, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Contains("Several keys", (await rig.Rules.SetAsync(AlertKind.LimitDay, "twice", rule, Caller.CommandLine, Cancel)).Failure!.Message, StringComparison.Ordinal);
        Assert.Equal("kind", (await rig.Rules.SetAsync(AlertKind.FailedAddress, "twice", rule, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal(2, (await rig.Rules.FindKeysAsync("twi", Caller.CommandLine, Cancel)).Require().Count);
    }

    private static async Task<long> AlertAsync(AlertRig rig)
    {
        rig.Call(await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 }), 100);
        return Assert.Single(await rig.RunAsync()).Id;
    }
}
