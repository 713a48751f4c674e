using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Counts and times of what keys did, everything answered before the call included.</summary>
public sealed class UsageReports(
    IDbContextFactory<PortalDbContext> contexts, UsageMover mover, IOptions<KeyLimitDefaults> defaults, TimeProvider time)
{
    /// <summary>Days of a sparkline, the last of them today.</summary>
    public const int SparklineDays = 7;

    /// <summary>Newest requests that latency is taken from.</summary>
    public const int LatencySample = 5000;

    /// <summary>Newest requests that addresses are taken from.</summary>
    public const int CallerSample = 10_000;

    private const int MostCallers = 50;
    private const int DefaultDays = 30;

    /// <summary>Checks a range and fills in what is left open: the last 30 days through now, by day (by hour up to 48 hours), in UTC.</summary>
    /// <remarks>The range begins with a whole bucket.</remarks>
    public Result<UsageRange> Range(DateTimeOffset? from, DateTimeOffset? to, UsageStep? by = null, TimeZoneInfo? zone = null)
        => ExactRange(from, to, by, zone).Succeeded(out var range, out var failure) ? range with { From = range.BucketOf(range.From) } : failure;

    /// <summary>The same, beginning at the very instant asked for.</summary>
    public Result<UsageRange> ExactRange(DateTimeOffset? from, DateTimeOffset? to, UsageStep? by = null, TimeZoneInfo? zone = null)
    {
        // Through now: what was recorded in this very millisecond belongs to it.
        var end = (to ?? time.GetUtcNow().AddMilliseconds(1)).ToUniversalTime();
        if (end.Year is < 2000 or > 9000)
        {
            return Failure.Invalid("to", "'to' must be a date between the years 2000 and 9000.");
        }

        var start = (from ?? end.AddDays(-DefaultDays)).ToUniversalTime();
        if (start.Year < 2000)
        {
            return Failure.Invalid("from", "'from' must not lie before the year 2000.");
        }

        if (start >= end)
        {
            return Failure.Invalid("from", "'from' must lie before 'to'.");
        }

        var step = by ?? (end - start <= TimeSpan.FromHours(48) ? UsageStep.Hour : UsageStep.Day);
        if (step == UsageStep.Hour && end - start > TimeSpan.FromHours(UsageRange.MaxHours))
        {
            return Failure.Invalid("from", $"By hour a report covers at most {UsageRange.MaxHours / 24} days. Choose a shorter range, or by day.");
        }

        if (end - start > TimeSpan.FromDays(UsageRange.MaxDays))
        {
            return Failure.Invalid("from", $"A report covers at most {UsageRange.MaxDays} days. Choose a shorter range.");
        }

        return new UsageRange(start, end, step, zone ?? TimeZoneInfo.Utc);
    }

    /// <inheritdoc cref="Range"/>
    public async Task<Result<UsageReport>> ForKeyAsync(
        string keyId, DateTimeOffset? from, DateTimeOffset? to, UsageStep? by, TimeZoneInfo? zone, CancellationToken cancellationToken)
        => Range(from, to, by, zone).Succeeded(out var range, out var failure) ? await ForKeyAsync(keyId, range, cancellationToken) : failure;

    public async Task<UsageReport> ForKeyAsync(string keyId, UsageRange range, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var flows = new Dictionary<string, FlowUsage>(StringComparer.Ordinal);
        var buckets = range.Buckets().ToDictionary(start => start, _ => default(UsageCounts));
        await foreach (var hour in Hours(db, keyId, range).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var bucket = range.BucketOf(hour.Hour);
            buckets[bucket] = buckets.GetValueOrDefault(bucket).With(hour.Outcome, hour.Count);
            var flow = flows.GetValueOrDefault(hour.FlowId) ?? new FlowUsage(hour.FlowId, default, hour.LastAt);
            flows[hour.FlowId] = flow with { Counts = flow.Counts.With(hour.Outcome, hour.Count), LastAt = hour.LastAt > flow.LastAt ? hour.LastAt : flow.LastAt };
        }

        var lastUsed = await db.Set<ApiKey>().Where(k => k.Id == keyId).Select(k => k.LastUsedAt).FirstOrDefaultAsync(cancellationToken);
        return new UsageReport(
            keyId,
            range,
            flows.Values.Aggregate(default(UsageCounts), (sum, flow) => sum + flow.Counts),
            lastUsed,
            [.. flows.Values.OrderByDescending(f => f.Counts.Total).ThenBy(f => f.FlowId, StringComparer.Ordinal)],
            [.. buckets.OrderBy(b => b.Key).Select(b => new UsageBucket(b.Key, b.Value))]);
    }

    /// <summary>Requests per day of the last seven days of each key, oldest first; keys without any are left out.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<long>>> SparklinesAsync(
        IReadOnlyCollection<string> keyIds, TimeZoneInfo? zone = null, CancellationToken cancellationToken = default)
    {
        await mover.CatchUpAsync(cancellationToken);
        var now = time.GetUtcNow();
        zone ??= TimeZoneInfo.Utc;
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

        // The midnights before and after each of the days.
        DateTimeOffset[] start = [.. Enumerable.Range(1 - SparklineDays, SparklineDays + 1).Select(day => UsageRange.StartOfDay(today.AddDays(day), zone))];
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);

        // Added up in the database: a page of busy keys has thousands of hours.
        var days = await db.Set<UsageHour>()
            .Where(h => EF.Parameter(keyIds).Contains(h.KeyId) && h.Hour >= start[0] && h.Hour < start[7])
            .Select(h => new
            {
                h.KeyId,
                Day = h.Hour < start[1] ? 0 : h.Hour < start[2] ? 1 : h.Hour < start[3] ? 2 : h.Hour < start[4] ? 3 : h.Hour < start[5] ? 4 : h.Hour < start[6] ? 5 : 6,
                h.Count,
            })
            .GroupBy(h => new { h.KeyId, h.Day })
            .Select(g => new { g.Key.KeyId, g.Key.Day, Count = g.Sum(h => h.Count) })
            .ToListAsync(cancellationToken);
        var lines = new Dictionary<string, IReadOnlyList<long>>(StringComparer.Ordinal);
        foreach (var key in days.GroupBy(d => d.KeyId))
        {
            var line = new long[SparklineDays];
            foreach (var day in key)
            {
                line[day.Day] = day.Count;
            }

            lines[key.Key] = line;
        }

        return lines;
    }

    /// <summary>Median and 95th percentile of the newest <see cref="LatencySample"/> requests in the range; null if none was let through.</summary>
    public async Task<UsageLatency?> LatencyAsync(string keyId, UsageRange range, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var durations = new List<long>();
        await RequestSegments.VisitNewestAsync(
            db,
            keyId,
            range.From,
            range.To,
            LatencySample,
            (_, request) =>
            {
                if (request.Outcome != Outcome.Refused)
                {
                    durations.Add(request.DurationMicros);
                }

                return true;
            },
            cancellationToken);
        return UsageLatency.Of(durations);
    }

    /// <inheritdoc cref="CallersAsync(string, DateTimeOffset, DateTimeOffset, CancellationToken)"/>
    public Task<IReadOnlyList<CallerSeen>> CallersAsync(string keyId, DateTimeOffset since, CancellationToken cancellationToken)
        => CallersAsync(keyId, since, DateTimeOffset.MaxValue, cancellationToken);

    /// <summary>Addresses and user agents of the key's newest <see cref="CallerSample"/> requests in a range, the latest first.</summary>
    public async Task<IReadOnlyList<CallerSeen>> CallersAsync(string keyId, DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var callers = new CallerTally();
        await RequestSegments.VisitNewestAsync(
            db,
            keyId,
            since,
            until,
            CallerSample,
            (_, request) =>
            {
                callers.Add(request);
                return true;
            },
            cancellationToken);
        return callers.Latest(MostCallers);
    }

    /// <summary>The current UTC day of a key against its limit; null if there is no such key.</summary>
    public async Task<DayUse?> TodayAsync(string keyId, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Set<ApiKey>().Where(k => k.Id == keyId).Select(k => new { k.PerDay }).FirstOrDefaultAsync(cancellationToken) is not { } key)
        {
            return null;
        }

        var today = UsageRange.BucketOf(time.GetUtcNow(), UsageStep.Day, TimeZoneInfo.Utc);
        var hours = await Hours(db, keyId, new UsageRange(today, today.AddDays(1), UsageStep.Day, TimeZoneInfo.Utc)).ToListAsync(cancellationToken);
        return new DayUse(
            hours.Sum(h => h.Counted),
            key.PerDay ?? defaults.Value.PerDay,
            hours.Sum(h => h.Count),
            hours.Where(h => h.FlowId.Length > 0).DistinctBy(h => h.FlowId).Count());
    }

    private static IQueryable<UsageHour> Hours(PortalDbContext db, string keyId, UsageRange range)
        => db.Set<UsageHour>().AsNoTracking().Where(h => h.KeyId == keyId && h.Hour >= range.From && h.Hour < range.To);
}
