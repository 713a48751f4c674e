using System.Diagnostics;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Store;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Store;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>
/// Raises alerts about the keys themselves, once an hour: those that expire and those whose rotation is due. There may be as many as keys,
/// so it writes in transactions so short that nobody waits; one that was cut short is done again.
/// </summary>
public sealed class KeyCare(IDbContextFactory<PortalDbContext> contexts, AlertOutbox outbox, AlertFeed feed, TimeProvider time)
{
    private const int AlertsPerTransaction = 200;

    /// <summary>Who resolves an alert whose cause is gone.</summary>
    private const string Portal = "FactoryThread Portal";

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Looks at every key if the hour is over. Returns how many alerts are new or matter more than before.</summary>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetStoredNow();
        List<Planned> changes;
        List<long> over;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            var last = (await db.Set<AlertState>().AsNoTracking().SingleAsync(cancellationToken)).CheckedKeysAt;
            if (now - last < Interval && now >= last)
            {
                return 0;
            }

            var found = await FindAsync(db, now, cancellationToken);
            List<Finding> findings = [.. found.Select(f => f.Finding)];
            var latest = await AlertLedger.LatestAsync(db.Set<Alert>().AsNoTracking(), findings, cancellationToken);
            changes =
            [
                .. found.Select(f => new Planned(f.Key, f.Finding, AlertLedger.ChangeBy(f.Finding, latest.GetValueOrDefault((f.Finding.Kind, f.Finding.Subject)))))
                    .Where(c => c.Change != AlertChange.None)
                    .OrderByDescending(c => c.Change).ThenByDescending(c => c.Finding.Level),
            ];
            over = await OverAsync(db, findings, cancellationToken);
        }

        int raised;
        try
        {
            raised = await RaiseAsync(changes, now, cancellationToken);
            await SettleAsync(over, now, cancellationToken);
        }
        finally
        {
            // Also of what was stored before something failed.
            if (changes.Count > 0 || over.Count > 0)
            {
                feed.Raise();
            }
        }

        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            (await db.Set<AlertState>().SingleAsync(cancellationToken)).CheckedKeysAt = now;
            await db.SaveChangesAsync(cancellationToken);
        }

        return raised;
    }

    private static async Task<List<(KeyAge Key, Finding Finding)>> FindAsync(PortalDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var findings = new List<(KeyAge, Finding)>();
        var rules = new RuleSet(await db.Set<AlertRule>().AsNoTracking().ToListAsync(cancellationToken));
        var active = db.Set<ApiKey>().AsNoTracking().ActiveAt(now);
        if (rules.HighestThreshold(AlertKind.KeyExpiring) is { } days)
        {
            var before = now.AddDays(days);
            foreach (var key in await Ages(active.Where(k => k.ExpiresAt <= before)).ToListAsync(cancellationToken))
            {
                if (rules.Watches(AlertKind.KeyExpiring, key.Id, out var own, out _) && key.ExpiresAt <= now.AddDays(own))
                {
                    findings.Add((key, Sentences.Expiring(key, now)));
                }
            }
        }

        if (rules.HighestThreshold(AlertKind.RotationDue) is { } ahead)
        {
            var rotation = (await db.Set<WorkspaceSettings>().AsNoTracking().SingleAsync(cancellationToken)).Rotation;
            foreach (var kind in Enum.GetValues<KeyKind>())
            {
                var period = rotation.Days(kind);
                var before = now.AddDays(ahead - period);
                foreach (var key in await Ages(active.Where(k => k.Kind == kind && k.IssuedAt <= before)).ToListAsync(cancellationToken))
                {
                    if (rules.Watches(AlertKind.RotationDue, key.Id, out var own, out _) && key.IssuedAt <= now.AddDays(own - period))
                    {
                        findings.Add((key, Sentences.RotationDue(key, period, now)));
                    }
                }
            }
        }

        return findings;
    }

    private static IQueryable<KeyAge> Ages(IQueryable<ApiKey> keys) => keys.Select(k => new KeyAge(k.Id, k.Name, k.Kind, k.IssuedAt, k.ExpiresAt, k.LastUsedAt));

    /// <summary>Open alerts about keys that were regenerated, revoked or changed meanwhile.</summary>
    private static async Task<List<long>> OverAsync(PortalDbContext db, List<Finding> findings, CancellationToken cancellationToken)
    {
        var still = findings.Select(f => (f.Kind, f.Subject)).ToHashSet();
        var open = await db.Set<Alert>().AsNoTracking()
            .Where(a => a.ResolvedAt == null && (a.Kind == AlertKind.KeyExpiring || a.Kind == AlertKind.RotationDue))
            .Select(a => new { a.Id, a.Kind, a.Subject }).ToListAsync(cancellationToken);
        return [.. open.Where(a => !still.Contains((a.Kind, a.Subject))).Select(a => a.Id)];
    }

    private async Task<int> RaiseAsync(List<Planned> changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (raised, first) = (0, true);
        List<AlertLevel> levels = [.. changes.Where(c => c.Change == AlertChange.News).Select(c => c.Finding.Level)];
        foreach (var some in changes.Chunk(AlertsPerTransaction))
        {
            var started = Stopwatch.GetTimestamp();
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var news = await AlertLedger.TakeAsync(db, await StillAsync(db, some, cancellationToken), now, cancellationToken);

            // First, since a message names its alert by the id.
            await db.SaveChangesAsync(cancellationToken);
            if (first ? await outbox.EnqueueFirstAsync(db, news, levels, now, cancellationToken) : await outbox.EnqueueRestAsync(db, news, now, cancellationToken))
            {
                await db.SaveChangesAsync(cancellationToken);
            }

            await transaction.CommitAsync(CancellationToken.None);
            outbox.Signal();
            (raised, first) = (raised + news.Count, false);
            await LetOthersWriteAsync(started, cancellationToken);
        }

        return raised;
    }

    /// <summary>Without those whose key was regenerated, revoked or changed since the plan was made.</summary>
    private static async Task<List<Finding>> StillAsync(PortalDbContext db, Planned[] planned, CancellationToken cancellationToken)
    {
        List<string> ids = [.. planned.Select(p => p.Key.Id).Distinct()];
        var keys = await db.Set<ApiKey>().AsNoTracking().Where(k => ids.Contains(k.Id) && k.DeletedAt == null && k.RevokedAt == null)
            .Select(k => new { k.Id, k.IssuedAt, k.ExpiresAt }).ToDictionaryAsync(k => k.Id, cancellationToken);
        return [.. planned.Where(p => keys.TryGetValue(p.Key.Id, out var key) && key.IssuedAt == p.Key.IssuedAt && key.ExpiresAt == p.Key.ExpiresAt).Select(p => p.Finding)];
    }

    private async Task SettleAsync(List<long> over, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var some in over.Chunk(AlertsPerTransaction))
        {
            var started = Stopwatch.GetTimestamp();
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            foreach (var alert in await db.Set<Alert>().Where(a => some.Contains(a.Id) && a.ResolvedAt == null).ToListAsync(cancellationToken))
            {
                alert.Resolve(Portal, now);
            }

            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(CancellationToken.None);
            await LetOthersWriteAsync(started, cancellationToken);
        }
    }

    // Who waits for the lock looks now and then whether it is free: half of the time it is.
    private static Task LetOthersWriteAsync(long started, CancellationToken cancellationToken) => Task.Delay(Stopwatch.GetElapsedTime(started), cancellationToken);

    private sealed record Planned(KeyAge Key, Finding Finding, AlertChange Change);
}
