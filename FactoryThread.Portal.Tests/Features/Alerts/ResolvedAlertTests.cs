using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>What somebody has dealt with, and what comes after it.</summary>
public sealed class ResolvedAlertTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_resolved_stays_resolved_and_what_comes_after_it_alerts_again()
    {
        await using var rig = await AlertRig.StartAsync();
        rig.WrongKeys("198.51.100.9", 35);
        var first = Assert.Single(await rig.RunAsync());
        Assert.Equal(rig.Time.GetUtcNow(), first.LastSeenAt);
        rig.Time.Advance(TimeSpan.FromSeconds(90));
        (await rig.Inbox.ResolveAsync(first.Id, Caller.CommandLine, Cancel)).Require();

        // Neither the next look nor the turn of the hour is anything new.
        Assert.Single(await rig.RunAsync());
        rig.Time.Advance(TimeSpan.FromMinutes(2));
        rig.WrongKeys("198.51.100.9", 20);
        Assert.Single(await rig.RunAsync());

        rig.WrongKeys("198.51.100.9", 300);
        var again = (await rig.RunAsync())[^1];

        Assert.NotEqual(first.Id, again.Id);
        Assert.Equal(AlertLevel.Critical, again.Level);
        Assert.Contains("320 times", again.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_resolved_alerts_again_when_it_gets_worse()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.KeyAsync("old", 100, s => s with { Kind = KeyKind.Production });
        rig.Time.Advance(TimeSpan.FromHours(1));
        var first = Assert.Single(await rig.RunAsync());
        Assert.Equal((AlertKind.RotationDue, AlertLevel.Notice), (first.Kind, first.Level));
        (await rig.Inbox.ResolveAsync(first.Id, Caller.CommandLine, Cancel)).Require();
        rig.Time.Advance(TimeSpan.FromDays(1));
        Assert.Single(await rig.RunAsync());

        // Twice as old as keys of its type may become.
        rig.Time.Advance(TimeSpan.FromDays(90));
        var alerts = await rig.RunAsync();

        Assert.Equal([(AlertLevel.Notice, false), (AlertLevel.Warning, true)], alerts.Select(a => (a.Level, a.ResolvedAt is null)));
    }

    [Fact]
    public async Task A_burst_that_is_over_is_not_told_as_if_it_went_on()
    {
        await using var rig = await AlertRig.StartAsync();
        rig.WrongKeys("198.51.100.9", 40, after: TimeSpan.FromMinutes(-10));

        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal(AlertRig.Noon.AddMinutes(-9), alert.LastSeenAt);
    }

    [Fact]
    public async Task A_dead_key_alerts_again_when_it_is_used_after_somebody_dealt_with_it()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync();
        rig.Hour(key, AlertRig.Noon.AddDays(-1), 5);
        rig.Call(key, 6, code: "revoked_key");
        var first = Assert.Single(await rig.RunAsync());
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        (await rig.Inbox.ResolveAsync(first.Id, Caller.CommandLine, Cancel)).Require();
        rig.Time.Advance(TimeSpan.FromMinutes(1));

        rig.Call(key, 12, code: "revoked_key", address: "203.0.113.7");
        rig.Call(key, 9, code: "replaced_key", address: "203.0.113.8");
        var again = (await rig.RunAsync())[^1];

        Assert.NotEqual(first.Id, again.Id);
        Assert.Equal(
            "erp was refused 21 times within an hour from 2 addresses: 12 times since it is revoked, 9 times since it was replaced by a newer value; somebody still uses it.", again.Summary);
    }
}
