using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Incidents.Store;

/// <summary>Reads a key's use since a date against its use before.</summary>
internal static class UseStore
{
    /// <summary>Newest requests on either side of the date that callers are taken from.</summary>
    public const int LogSample = 200_000;

    private const int DaysBefore = 30;

    public static async Task<SuspectUse> ReadAsync(
        PortalDbContext db, string keyId, DateTimeOffset created, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The counts are kept by the hour; the log follows suit, so that the two tell the same.
        var hour = UsageRange.BucketOf(since, UsageStep.Hour, TimeZoneInfo.Utc);
        var callers = new Dictionary<(string? Address, string? Agent), SuspectCaller>();
        var more = await RequestSegments.VisitNewestAsync(
            db,
            keyId,
            hour,
            null,
            LogSample,
            (_, request) =>
            {
                var texts = request.Named();
                var (address, agent) = (RequestRecordFormat.Text(texts.Address), RequestRecordFormat.Text(texts.UserAgent));
                var at = DateTimeOffset.FromUnixTimeMilliseconds(request.At);
                var caller = callers.GetValueOrDefault((address, agent)) ?? new SuspectCaller(address, agent, at, at, 0, 0, false);
                callers[(address, agent)] = caller with
                {
                    FirstSeen = at < caller.FirstSeen ? at : caller.FirstSeen,
                    LastSeen = at > caller.LastSeen ? at : caller.LastSeen,
                    Requests = caller.Requests + 1,
                    Refused = caller.Refused + (request.Outcome == Outcome.Refused ? 1 : 0),
                };
                return true;
            },
            cancellationToken);
        var before = new HashSet<string?>();
        await RequestSegments.VisitNewestAsync(
            db,
            keyId,
            null,
            hour,
            LogSample,
            (_, request) =>
            {
                before.Add(RequestRecordFormat.Text(request.Named().Address));
                return true;
            },
            cancellationToken);
        var seen = callers.Values
            .Select(c => c with { IsNew = !before.Contains(c.Address) })
            .OrderByDescending(c => c.IsNew).ThenByDescending(c => c.Requests).ToList();

        var start = Later(created, hour.AddDays(-DaysBefore));
        var hours = db.Set<UsageHour>().AsNoTracking().Where(h => h.KeyId == keyId);
        var after = await hours.Where(h => h.Hour >= hour).GroupBy(h => new { h.FlowId, h.Outcome })
            .Select(g => new { g.Key.FlowId, g.Key.Outcome, Count = g.Sum(h => h.Count) }).ToListAsync(cancellationToken);
        var usual = await hours.Where(h => h.Hour < hour && h.Hour >= hour.AddDays(-DaysBefore)).GroupBy(h => h.FlowId)
            .Select(g => new { FlowId = g.Key, Count = g.Sum(h => h.Count) }).ToDictionaryAsync(f => f.FlowId, f => f.Count, cancellationToken);
        var known = (await hours.Where(h => h.Hour < hour).Select(h => h.FlowId).Distinct().ToListAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var daysBefore = Math.Max(1, (hour - start).TotalDays);
        var total = after.Sum(f => f.Count);
        return new SuspectUse(
            since,
            now,
            total,
            Count(Outcome.Succeeded),
            Count(Outcome.Failed),
            Count(Outcome.Refused),
            total / Math.Max(1, (now - hour).TotalDays),
            usual.Values.Sum() / daysBefore,
            seen.Where(c => c.IsNew).Select(c => c.Address).Distinct(StringComparer.Ordinal).Count(),
            [.. seen.Take(SuspectUse.MostCallers)],
            [.. after.GroupBy(f => f.FlowId)
                .Select(g => new SuspectFlow(g.Key, g.Sum(f => f.Count), usual.GetValueOrDefault(g.Key) / daysBefore, !known.Contains(g.Key)))
                .OrderByDescending(f => f.IsNew).ThenByDescending(f => f.Requests)],
            more is not null);

        long Count(Outcome outcome) => after.Where(f => f.Outcome == outcome).Sum(f => f.Count);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
