using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>Keys that work no more.</summary>
public sealed class DeadKeyAlertTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dead_key_that_is_still_used_alerts_and_says_from_where()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync();
        rig.Hour(key, AlertRig.Noon.AddDays(-1), 5);
        rig.Call(key, 3, code: "revoked_key");
        Assert.Empty(await rig.RunAsync());

        rig.Call(key, 3, code: "revoked_key");
        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal("erp was refused 6 times within an hour from 10.20.4.17, since it is revoked; somebody still uses it.", alert.Summary);
        Assert.Equal((AlertKind.RefusedKey, AlertLevel.Warning), (alert.Kind, alert.Level));
    }

    [Fact]
    public async Task Nobody_is_told_to_care_for_a_key_that_is_revoked_or_expired()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.KeyAsync("expires-soon", 25, s => s with { Expiration = KeyExpiration.After(30) });
        await rig.KeyAsync("old", 200, s => s with { Kind = KeyKind.Production });
        await rig.KeyAsync("old-and-expired", 200, s => s with { Kind = KeyKind.Production, Expiration = KeyExpiration.After(90) });
        foreach (var revoked in new[]
        {
            await rig.KeyAsync("revoked", 25, s => s with { Expiration = KeyExpiration.After(30) }),
            await rig.KeyAsync("old-and-revoked", 200, s => s with { Kind = KeyKind.Production }),
        })
        {
            (await rig.Get<ApiKeyService>().RevokeAsync(revoked.Id, null, Caller.CommandLine, Cancel)).Require();
        }

        rig.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(
            [(AlertKind.KeyExpiring, "expires-soon"), (AlertKind.RotationDue, "old")],
            (await rig.RunAsync()).Select(a => (a.Kind, a.SubjectName)));
    }

    [Fact]
    public async Task A_key_of_a_disabled_owner_that_is_still_used_alerts()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync();
        rig.Hour(key, AlertRig.Noon.AddDays(-1), 5);
        rig.Call(key, 6, code: "owner_disabled");

        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal(AlertKind.RefusedKey, alert.Kind);
        Assert.Equal("erp was refused 6 times within an hour from 10.20.4.17, since it belongs to a disabled user; somebody still uses it.", alert.Summary);
    }
}
