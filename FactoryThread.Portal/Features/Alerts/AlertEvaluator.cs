using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Store;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>
/// Looks at everything recorded since its last run and raises alerts; then <see cref="KeyCare"/> looks at the keys. The alert, its messages
/// and how far it has looked in the log are one transaction: a crash loses no alert and raises none twice.
/// </summary>
public sealed class AlertEvaluator(
    IDbContextFactory<PortalDbContext> contexts, UsageMover mover, KeyCare care, AlertOutbox outbox, AlertFeed feed, IOptions<KeyLimitDefaults> limits, TimeProvider time)
    : IDisposable
{
    /// <summary>Rows of the log that one transaction looks at.</summary>
    private const int RowsPerSlice = 200_000;

    private readonly SemaphoreSlim _one = new(1);
    private readonly DetectionMemory _memory = new();
    private DateTimeOffset _lastRun;

    /// <summary>Looks once. Returns how many alerts are new or matter more than before.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await JudgeTrafficAsync(cancellationToken) + await care.RunAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<int> JudgeTrafficAsync(CancellationToken cancellationToken)
    {
        try
        {
            await mover.CatchUpAsync(cancellationToken);
            var raised = 0;
            bool more;
            do
            {
                (var news, more) = await SliceAsync(cancellationToken);
                raised += news;
            }
            while (more);

            var now = time.GetUtcNow();
            if (raised > 0 || await WokeAsync(_lastRun, now, cancellationToken))
            {
                feed.Raise();
            }

            _lastRun = now;
            return raised;
        }
        catch
        {
            // It may hold what was not stored.
            _memory.Clear();
            throw;
        }
    }

    private async Task<(int Raised, bool More)> SliceAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.OpenConnectionAsync(cancellationToken);
        var now = time.GetStoredNow();
        var rules = new RuleSet(await db.Set<AlertRule>().AsNoTracking().ToListAsync(cancellationToken));
        var state = await db.Set<AlertState>().SingleAsync(cancellationToken);
        Detection seen;
        bool more, learned;
        using (var reader = new ActivityReader((SqliteConnection)db.Database.GetDbConnection()))
        {
            seen = new Detection(reader, rules, _memory, limits.Value, now);
            var newest = reader.NewestLogId();
            // What was recorded before there were alerts is learned from, and not judged.
            learned = state.LogId is null;
            var from = state.LogId ?? 0;
            var to = learned ? newest : Math.Min(newest, from + RowsPerSlice);
            if (learned)
            {
                for (var start = from; start < to; start += RowsPerSlice)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    reader.Gather(start, Math.Min(to, start + RowsPerSlice));
                    seen.Learn();
                }
            }
            else if (to > from && reader.Gather(from, to) is { } span)
            {
                seen.Traffic(span.FirstAt, span.LastAt);
            }

            more = to < newest;
            if (!more)
            {
                seen.Failures();
            }
            else
            {
                // The day's sums reach beyond the slice.
                _memory.Counted.Clear();
            }

            state.LogId = to;
        }

        _memory.Trim();
        if (learned)
        {
            await StoreAsync(seen.NewNetworks, cancellationToken);
        }
        else
        {
            db.AddRange(seen.NewNetworks);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var news = await AlertLedger.TakeAsync(db, seen.Findings, now, cancellationToken);

        // First, since a message names its alert by the id.
        await db.SaveChangesAsync(cancellationToken);
        if (await outbox.EnqueueAsync(db, news, now, cancellationToken))
        {
            await db.SaveChangesAsync(cancellationToken);
        }

        await transaction.CommitAsync(CancellationToken.None);
        outbox.Signal();
        return (news.Count, more);
    }

    /// <summary>Stores what was learned in transactions so short that nobody waits; after a crash it is learned again.</summary>
    private async Task StoreAsync(List<KeyNetwork> networks, CancellationToken cancellationToken)
    {
        foreach (var some in networks.Chunk(1000))
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            db.AddRange(some.AsEnumerable());
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>A snoozed alert came back.</summary>
    private async Task<bool> WokeAsync(DateTimeOffset after, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Set<Alert>().AnyAsync(a => a.ResolvedAt == null && a.SnoozedUntil > after && a.SnoozedUntil <= now, cancellationToken);
    }
}
