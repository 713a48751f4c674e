using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>Rules of single keys beside the workspace's.</summary>
public sealed class KeyRuleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
