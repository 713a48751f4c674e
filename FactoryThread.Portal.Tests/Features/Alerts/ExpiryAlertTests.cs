using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>Keys whose expiry or rotation comes near.</summary>
public sealed class ExpiryAlertTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_that_expire_or_need_rotation_alert_and_the_alert_goes_when_they_are_regenerated()
    {
        await using var rig = await AlertRig.StartAsync();
        var soon = await rig.KeyAsync("soon", 25, s => s with { Expiration = KeyExpiration.After(30) });
        await rig.KeyAsync("later", 1, s => s with { Expiration = KeyExpiration.After(30) });
        var old = await rig.KeyAsync("old", 200, s => s with { Kind = KeyKind.Production });
        rig.Time.Advance(TimeSpan.FromHours(1));

        var alerts = await rig.RunAsync();
        Assert.Equal(
            ["soon expires at 12:00 UTC on 29 Nov 2026, in 4 days, and was never used.", "The value of old is 200 days old; keys of the type Production are to be rotated every 90 days."],
            alerts.Select(a => a.Summary));

        await RegenerateAsync(soon);
        alerts = await rig.RunAsync();
        Assert.Equal([("soon", true), ("old", false)], alerts.Select(a => (a.SubjectName, a.ResolvedAt is not null)));
        await RegenerateAsync(old);
        alerts = await rig.RunAsync();
        Assert.Equal([("soon", true), ("old", true)], alerts.Select(a => (a.SubjectName, a.ResolvedAt is not null)));

        async Task RegenerateAsync(ApiKey made)
        {
            await using var db = await rig.ContextAsync();
            var key = await db.Set<ApiKey>().Include(k => k.Secrets).SingleAsync(k => k.Id == made.Id, Cancel);
            key.Regenerate(ApiKeyToken.Create(KeyEnvironment.Live), rig.Time.GetUtcNow());
            await db.SaveChangesAsync(Cancel);
            rig.Time.Advance(TimeSpan.FromHours(1));
        }
    }

    [Fact]
    public async Task Keys_that_expire_alert_though_the_clock_was_set_back()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.KeyAsync("soon", 25, s => s with { Expiration = KeyExpiration.After(30) });
        rig.Time.AdjustTime(AlertRig.Noon.AddDays(-1));

        Assert.Equal(AlertKind.KeyExpiring, Assert.Single(await rig.RunAsync()).Kind);
    }
}
