namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>The width of a bucket of a report.</summary>
public enum UsageStep
{
    Hour,
    Day,
}

/// <summary>A checked range of a report. An hour, and so a bucket, belongs to it if it begins within it.</summary>
/// <param name="From">Start of the first bucket, UTC.</param>
/// <param name="To">The first instant that does not belong to it, UTC.</param>
/// <param name="Zone">Whose days count.</param>
public sealed record UsageRange(DateTimeOffset From, DateTimeOffset To, UsageStep By, TimeZoneInfo Zone)
{
    public const int MaxHours = 24 * 93;
    public const int MaxDays = 366 * 2;

    /// <summary>The start of the bucket that an instant lies in. A UTC hour belongs to the day in which it begins.</summary>
    public DateTimeOffset BucketOf(DateTimeOffset instant) => BucketOf(instant, By, Zone);

    public DateTimeOffset Next(DateTimeOffset bucket) => By == UsageStep.Hour
        ? bucket.AddHours(1)
        : StartOfDay(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(bucket, Zone).DateTime).AddDays(1), Zone);

    /// <summary>All buckets, those without a request included.</summary>
    public IEnumerable<DateTimeOffset> Buckets()
    {
        for (var bucket = From; bucket < To; bucket = Next(bucket))
        {
            yield return bucket;
        }
    }

    public static DateTimeOffset BucketOf(DateTimeOffset instant, UsageStep by, TimeZoneInfo zone)
    {
        if (by == UsageStep.Day)
        {
            return StartOfDay(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime), zone);
        }

        var utc = instant.ToUniversalTime();
        return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerHour));
    }

    /// <summary>The first instant of a day in a zone, UTC; a day whose midnight is skipped begins after the gap.</summary>
    public static DateTimeOffset StartOfDay(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}

/// <summary>Requests by how they ended.</summary>
public readonly record struct UsageCounts(long Succeeded, long Failed, long Refused)
{
    public long Total => Succeeded + Failed + Refused;

    /// <summary>Share of the requests that succeeded, 0…1; null without requests.</summary>
    public double? SuccessRate => Total == 0 ? null : (double)Succeeded / Total;

    public UsageCounts With(Outcome outcome, long count) => outcome switch
    {
        Outcome.Succeeded => this with { Succeeded = Succeeded + count },
        Outcome.Failed => this with { Failed = Failed + count },
        _ => this with { Refused = Refused + count },
    };

    public static UsageCounts operator +(UsageCounts left, UsageCounts right) => new(left.Succeeded + right.Succeeded, left.Failed + right.Failed, left.Refused + right.Refused);
}

/// <summary>A key's requests for one flow; the flow id is empty for requests that name none.</summary>
public sealed record FlowUsage(string FlowId, UsageCounts Counts, DateTimeOffset LastAt);

/// <summary>A key's requests from <paramref name="Start"/> (UTC) to the next bucket.</summary>
public sealed record UsageBucket(DateTimeOffset Start, UsageCounts Counts);

/// <summary>A key's requests in one bucket for one flow: a row of the export.</summary>
public sealed record UsageRow(UsageKey Key, DateTimeOffset Start, string FlowId, UsageCounts Counts);

/// <summary>A key that has usage, under the name it has or had; null if the key itself is gone.</summary>
public sealed record UsageKey(string Id, string? Name);

/// <summary>What a key did in a range.</summary>
/// <param name="LastUsedAt">The latest request that presented the key, in or outside the range.</param>
/// <param name="Flows">Most used first.</param>
/// <param name="Buckets">In order and without gaps.</param>
public sealed record UsageReport(
    string KeyId, UsageRange Range, UsageCounts Counts, DateTimeOffset? LastUsedAt, IReadOnlyList<FlowUsage> Flows, IReadOnlyList<UsageBucket> Buckets);

/// <summary>How long requests took; the requests are the newest ones that were let through, up to a fixed number.</summary>
public sealed record UsageLatency(TimeSpan P50, TimeSpan P95, int Requests)
{
    /// <summary>Null if there are none. Sorts the list.</summary>
    /// <param name="durations">Microseconds.</param>
    public static UsageLatency? Of(List<long> durations)
    {
        if (durations.Count == 0)
        {
            return null;
        }

        durations.Sort();
        return new UsageLatency(At(0.50), At(0.95), durations.Count);

        // The smallest duration that this share of the requests did not exceed.
        TimeSpan At(double share) => TimeSpan.FromMicroseconds(durations[(int)Math.Ceiling(share * durations.Count) - 1]);
    }
}

/// <summary>From where a key was used, in its newest requests.</summary>
public sealed record CallerSeen(string? Address, string? UserAgent, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Requests);

/// <summary>What a key has used of its limit for the UTC day.</summary>
/// <param name="Used">Requests that counted.</param>
/// <param name="Requests">All requests of the day.</param>
/// <param name="Flows">Different flows they were for.</param>
public sealed record DayUse(long Used, long Limit, long Requests, int Flows)
{
    public double Share => (double)Used / Limit;
}
