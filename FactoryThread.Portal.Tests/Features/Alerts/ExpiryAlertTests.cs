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

    [Fact]
    public async Task More_keys_than_one_transaction_takes_are_one_mail_and_an_event_each_and_what_was_cut_off_is_done_the_next_time()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.Channels.SaveAsync(null, new ChannelSettings(ChannelType.Mail, "ops@example.test", ChannelPace.AtOnce, AlertLevel.Notice), Caller.CommandLine, Cancel);
        (await rig.Channels.SaveAsync(null, new ChannelSettings(ChannelType.Webhook, "https://ops.example.test/hook", ChannelPace.AtOnce, AlertLevel.Notice, Secret: $"whsec_{Convert.ToBase64String(new byte[24])}"), Caller.CommandLine, Cancel)).Require();
        await rig.OldKeysAsync(1200);
        rig.Execute("CREATE TRIGGER broken BEFORE INSERT ON Alerts WHEN (SELECT count(*) FROM Alerts) >= 700 BEGIN SELECT raise(ABORT, 'disk full'); END");

        await Assert.ThrowsAsync<DbUpdateException>(() => rig.Evaluator.RunAsync(Cancel));
        var stored = (await rig.AlertsAsync()).Count;
        Assert.InRange(stored, 1, 700);
        Assert.Equal(["1200 alerts, the first: Rotation is due: old"], (await MailsAsync(rig)).Select(subject => subject[..subject.LastIndexOf('-')]), StringComparer.Ordinal);
        Assert.Equal(stored + 1, (await rig.MessagesAsync()).Count);

        rig.Execute("DROP TRIGGER broken");
        Assert.Equal(1200, (await rig.RunAsync()).Select(a => a.Subject).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(1200, (await rig.AlertsAsync()).Count);
        Assert.StartsWith($"{1200 - stored} alerts, ", (await MailsAsync(rig))[^1], StringComparison.Ordinal);
        Assert.Equal(1200 + 2, (await rig.MessagesAsync()).Count);
        Assert.Equal(0, await rig.Evaluator.RunAsync(Cancel));
    }

    [Fact]
    public async Task A_key_that_is_revoked_while_alerts_of_others_are_written_raises_none()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.OldKeysAsync(450);
        rig.Execute("CREATE TRIGGER meanwhile AFTER INSERT ON Alerts BEGIN UPDATE ApiKeys SET RevokedAt = 1 WHERE Id NOT IN (SELECT Subject FROM Alerts); END");

        Assert.InRange((await rig.RunAsync()).Count, 1, 449);
    }

    [Fact]
    public async Task An_alert_that_would_read_the_same_is_not_written_again()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.KeyAsync("old", 200, s => s with { Kind = KeyKind.Production });
        rig.Time.Advance(TimeSpan.FromHours(1));
        var raised = Assert.Single(await rig.RunAsync());
        rig.Execute("CREATE TRIGGER watched BEFORE UPDATE ON Alerts BEGIN SELECT raise(ABORT, 'written'); END");

        rig.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(raised.LastSeenAt, Assert.Single(await rig.RunAsync()).LastSeenAt);

        // Nor one that was weightier before: it keeps its level.
        rig.Execute("DROP TRIGGER watched; UPDATE Alerts SET Level = 2; CREATE TRIGGER watched BEFORE UPDATE ON Alerts BEGIN SELECT raise(ABORT, 'written'); END");
        rig.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(AlertLevel.Critical, Assert.Single(await rig.RunAsync()).Level);

        rig.Execute("DROP TRIGGER watched");
        rig.Time.Advance(TimeSpan.FromHours(24));
        Assert.Contains("201 days old", Assert.Single(await rig.RunAsync()).Summary, StringComparison.Ordinal);
    }

    private static async Task<List<string>> MailsAsync(AlertRig rig)
        => [.. (await rig.MessagesAsync()).Select(m => m.Subject).Where(subject => subject.Contains(" alerts, ", StringComparison.Ordinal))];
}
