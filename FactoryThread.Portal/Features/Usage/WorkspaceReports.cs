using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Counts of what all keys of a scope did, everything answered before the call included.</summary>
public sealed class WorkspaceReports(IDbContextFactory<PortalDbContext> contexts, UsageMover mover)
{
    /// <summary>Keys, flows and addresses that a report names, and keys in trouble that it takes reasons from.</summary>
    public const int MostNamed = 10;

    /// <summary>Newest requests of each of these keys that latency, callers and reasons are taken from.</summary>
    public const int SamplePerKey = 1000;

    public async Task<WorkspaceReport> ReadAsync(UsageScope scope, UsageRange range, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var hours = db.Set<UsageHour>().AsNoTracking().Where(h => h.Hour >= range.From && h.Hour < range.To);
        hours = scope.OwnerId is { } owner ? hours.Where(h => db.Set<ApiKey>().Where(k => k.OwnerId == owner).Select(k => k.Id).Contains(h.KeyId)) : hours;
        var buckets = await BucketsAsync(hours, range, cancellationToken);
        return new WorkspaceReport(
            range,
            buckets.Aggregate(default(UsageCounts), (sum, bucket) => sum + bucket.Counts),
            buckets,
            await KeysAsync(db, hours, cancellationToken),
            await TroubledAsync(db, hours, cancellationToken),
            await hours.Select(h => h.KeyId).Distinct().CountAsync(cancellationToken),
            await FlowsAsync(hours, cancellationToken),
            scope.OwnerId is null ? await FailuresAsync(db, range, cancellationToken) : null);
    }

    /// <summary>
    /// What the newest requests of the most used keys say: how long they took and from where they came; and of these and of those in trouble, why
    /// some came to nothing.
    /// </summary>
    public async Task<WorkspaceSample> SampleAsync(WorkspaceReport report, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var range = report.Range;
        var (durations, callers, reasons) = (new List<long>(), new CallerTally(), new Dictionary<(UsageKey, string), (Outcome Outcome, long Count)>());
        var used = report.Keys.Select(k => k.Key).ToHashSet();
        foreach (var key in used.Union(report.Troubled))
        {
            // A key that hardly anybody uses says nothing about how long calls take.
            var much = used.Contains(key);
            await RequestSegments.VisitNewestAsync(
                db,
                key.Id,
                range.From,
                range.To,
                SamplePerKey,
                (_, request) =>
                {
                    if (much)
                    {
                        callers.Add(request);
                        if (request.Outcome != Outcome.Refused)
                        {
                            durations.Add(request.DurationMicros);
                        }
                    }

                    if (request.Outcome != Outcome.Succeeded && RequestRecordFormat.Text(request.Named().Code) is { } code)
                    {
                        reasons[(key, code)] = (request.Outcome, reasons.GetValueOrDefault((key, code)).Count + 1);
                    }

                    return true;
                },
                cancellationToken);
        }

        return new WorkspaceSample(
            UsageLatency.Of(durations),
            callers.Latest(MostNamed),
            [.. reasons.OrderByDescending(r => r.Value.Count).ThenBy(r => r.Key.Item2, StringComparer.Ordinal).Take(MostNamed).Select(r => new TroubleUsage(r.Key.Item1, r.Value.Outcome, r.Key.Item2, r.Value.Count))]);
    }

    private static async Task<List<UsageBucket>> BucketsAsync(IQueryable<UsageHour> hours, UsageRange range, CancellationToken cancellationToken)
    {
        var counts = range.Buckets().ToDictionary(start => start, _ => default(UsageCounts));
        var sums = hours.GroupBy(h => new { h.Hour, h.Outcome }).Select(g => new { g.Key.Hour, g.Key.Outcome, Count = g.Sum(h => h.Count) });
        foreach (var sum in await sums.ToListAsync(cancellationToken))
        {
            var bucket = range.BucketOf(sum.Hour);
            counts[bucket] = counts.GetValueOrDefault(bucket).With(sum.Outcome, sum.Count);
        }

        return [.. counts.OrderBy(b => b.Key).Select(b => new UsageBucket(b.Key, b.Value))];
    }

    private static async Task<List<KeyUsage>> KeysAsync(PortalDbContext db, IQueryable<UsageHour> hours, CancellationToken cancellationToken)
    {
        var most = await Sums(hours.GroupBy(h => h.KeyId)).ToListAsync(cancellationToken);
        var names = await NamesAsync(db, most.ConvertAll(m => m.Id), cancellationToken);
        return most.ConvertAll(m => new KeyUsage(new UsageKey(m.Id, names.GetValueOrDefault(m.Id)), m.Counts, m.LastAt));
    }

    private static async Task<List<UsageKey>> TroubledAsync(PortalDbContext db, IQueryable<UsageHour> hours, CancellationToken cancellationToken)
    {
        var most = await hours.Where(h => h.Outcome != Outcome.Succeeded)
            .GroupBy(h => h.KeyId)
            .OrderByDescending(g => g.Sum(h => h.Count))
            .ThenBy(g => g.Key)
            .Take(MostNamed)
            .Select(g => g.Key)
            .ToListAsync(cancellationToken);
        var names = await NamesAsync(db, most, cancellationToken);
        return most.ConvertAll(id => new UsageKey(id, names.GetValueOrDefault(id)));
    }

    private static Task<Dictionary<string, string>> NamesAsync(PortalDbContext db, List<string> ids, CancellationToken cancellationToken)
        => db.Set<ApiKey>().Where(k => ids.Contains(k.Id)).ToDictionaryAsync(k => k.Id, k => k.Name, cancellationToken);

    private static async Task<List<FlowUsage>> FlowsAsync(IQueryable<UsageHour> hours, CancellationToken cancellationToken)
        => (await Sums(hours.GroupBy(h => h.FlowId)).ToListAsync(cancellationToken)).ConvertAll(m => new FlowUsage(m.Id, m.Counts, m.LastAt));

    /// <summary>The groups with most requests.</summary>
    private static IQueryable<Sum> Sums(IQueryable<IGrouping<string, UsageHour>> groups) => groups
        .OrderByDescending(g => g.Sum(h => h.Count))
        .ThenBy(g => g.Key)
        .Take(MostNamed)
        .Select(g => new Sum
        {
            Id = g.Key,
            Succeeded = g.Sum(h => h.Outcome == Outcome.Succeeded ? h.Count : 0),
            Failed = g.Sum(h => h.Outcome == Outcome.Failed ? h.Count : 0),
            Refused = g.Sum(h => h.Outcome == Outcome.Refused ? h.Count : 0),
            LastAt = g.Max(h => h.LastAt),
        });

    private static async Task<FailedCredentials> FailuresAsync(PortalDbContext db, UsageRange range, CancellationToken cancellationToken)
    {
        var failures = db.Set<CredentialFailures>().AsNoTracking().Where(f => f.Minute >= range.From && f.Minute < range.To);
        var addresses = await failures
            .GroupBy(f => f.Address)
            .OrderByDescending(g => g.Sum(f => f.Count))
            .ThenBy(g => g.Key)
            .Take(MostNamed)
            .Select(g => new { Address = g.Key, Total = g.Sum(f => f.Count), LastAt = g.Max(f => f.Minute) })
            .ToListAsync(cancellationToken);
        var named = addresses.ConvertAll(a => a.Address);
        var codes = await failures
            .Where(f => named.Contains(f.Address))
            .GroupBy(f => new { f.Address, f.Code })
            .Select(g => new { g.Key.Address, g.Key.Code, Count = g.Sum(f => f.Count) })
            .ToListAsync(cancellationToken);
        return new FailedCredentials(
            await failures.SumAsync(f => f.Count, cancellationToken),
            addresses.ConvertAll(a => new AddressFailures(
                a.Address,
                a.Total,
                [.. codes.Where(c => c.Address == a.Address).OrderByDescending(c => c.Count).ThenBy(c => c.Code, StringComparer.Ordinal).Select(c => (c.Code, c.Count))],
                a.LastAt)),
            await failures.Select(f => f.Address).Distinct().CountAsync(cancellationToken));
    }

    private sealed class Sum
    {
        public string Id { get; init; } = "";

        public long Succeeded { get; init; }

        public long Failed { get; init; }

        public long Refused { get; init; }

        public DateTimeOffset LastAt { get; init; }

        public UsageCounts Counts => new(Succeeded, Failed, Refused);
    }
}
