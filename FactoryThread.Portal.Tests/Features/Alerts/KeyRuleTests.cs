using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>Rules of single keys beside the workspace's.</summary>
public sealed class KeyRuleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rule_of_a_key_holds_instead_of_the_workspaces_and_a_switched_off_one_is_silent()
    {
        await using var rig = await AlertRig.StartAsync();
        var night = await rig.KeyAsync("night", change: s => s with { PerMinute = 100_000 });
        var day = await rig.KeyAsync("day", change: s => s with { PerMinute = 100_000 });
        rig.Past(night, 4, 10);
        rig.Past(day, 4, 10);
        await rig.Rules.SetAsync(AlertKind.UnusualRate, night.Id, new RuleSettings(true, 500, 100), Caller.CommandLine, Cancel);
        rig.Call(night, 200);
        rig.Call(day, 200);
        Assert.Equal("day", Assert.Single(await rig.RunAsync()).SubjectName);

        await rig.Rules.SetAsync(AlertKind.UnusualRate, null, new RuleSettings(false, 4, 100), Caller.CommandLine, Cancel);
        await rig.Rules.ResetAsync(AlertKind.UnusualRate, night.Id, Caller.CommandLine, Cancel);
        rig.Call(night, 200);
        Assert.Single(await rig.RunAsync());
    }

    [Fact]
    public async Task A_keys_own_days_of_silence_hold_whether_they_are_fewer_or_more_than_the_workspaces()
    {
        await using var rig = await AlertRig.StartAsync();
        var (hasty, patient) = (await rig.KeyAsync("hasty", 200), await rig.KeyAsync("patient", 200));
        var (shortly, longer) = (await rig.KeyAsync("silent-shortly", 200), await rig.KeyAsync("silent-longer", 200));
        (await rig.Rules.SetAsync(AlertKind.LongSilence, hasty.Id, new RuleSettings(true, 5, null), Caller.CommandLine, Cancel)).Require();
        (await rig.Rules.SetAsync(AlertKind.LongSilence, patient.Id, new RuleSettings(true, 100, null), Caller.CommandLine, Cancel)).Require();
        foreach (var (key, days) in new[] { (hasty, 10), (patient, 45), (shortly, 10), (longer, 45) })
        {
            rig.Hour(key, AlertRig.Noon.AddDays(-days), 3);
            rig.Call(key);
        }

        var alerts = await rig.RunAsync();

        Assert.All(alerts, a => Assert.Equal(AlertKind.LongSilence, a.Kind));
        Assert.Equal(["hasty", "silent-longer"], alerts.Select(a => a.SubjectName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_keys_own_share_of_its_limit_per_minute_holds_though_it_is_lower_than_the_workspaces()
    {
        await using var rig = await AlertRig.StartAsync();
        var own = await rig.KeyAsync("own", change: s => s with { PerMinute = 100 });
        var plain = await rig.KeyAsync("plain", change: s => s with { PerMinute = 100 });
        (await rig.Rules.SetAsync(AlertKind.LimitMinute, own.Id, new RuleSettings(true, 20, null), Caller.CommandLine, Cancel)).Require();
        rig.Call(own, 30);
        rig.Call(plain, 30);

        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal("own made 30 requests in the minute from 12:00 UTC, 30 % of its limit of 100 per minute.", alert.Summary);
    }
}
