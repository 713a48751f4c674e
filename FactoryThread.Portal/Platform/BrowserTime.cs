using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Platform;

/// <summary>How an instant is written for a person.</summary>
public enum TimeFormat
{
    /// <summary><c>3 minutes ago</c>, <c>in 12 days</c>.</summary>
    Relative,

    /// <summary><c>12 Aug 2026</c>.</summary>
    Date,

    /// <summary><c>12 Aug 2026, 14:02</c>.</summary>
    DateTime,

    /// <summary><c>12 Aug 2026, 14:02:11.204</c>.</summary>
    Precise,
}

/// <summary>Writes instants in the time zone of the person at the browser; UTC until the browser has told its zone. One per circuit.</summary>
public sealed partial class BrowserTime(TimeProvider clock) : IDisposable
{
    /// <summary>How often "12 seconds ago" is written anew.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    private ITimer? _timer;

    /// <summary>What was written may read differently now: the zone became known, or time went by. Raised on any thread.</summary>
    public event Action? Changed;

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    /// <summary>Whether <see cref="Zone"/> is the browser's.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Now, in the viewer's zone.</summary>
    public DateTimeOffset Now => ToLocal(clock.GetUtcNow());

    public DateTimeOffset ToLocal(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Zone);

    /// <summary>24:00 of a day in the viewer's zone: the first instant that no longer belongs to it, in UTC.</summary>
    public DateTimeOffset EndOf(DateOnly day) => StartOf(day.AddDays(1));

    /// <summary>The first instant of a day in the viewer's zone, in UTC.</summary>
    public DateTimeOffset StartOf(DateOnly day) => Instant(day.ToDateTime(TimeOnly.MinValue));

    /// <summary>What the viewer's clock showed as an instant, in UTC; of two the earlier.</summary>
    public DateTimeOffset Instant(DateTime local)
    {
        // Some zones put their clocks forward at midnight: that day starts at the next hour that exists.
        while (Zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    public string Format(DateTimeOffset instant, TimeFormat format)
        => format switch
        {
            TimeFormat.Date => Write(ToLocal(instant), "d MMM yyyy"),
            TimeFormat.DateTime => Write(ToLocal(instant), "d MMM yyyy, HH:mm"),
            TimeFormat.Precise => Write(ToLocal(instant), "d MMM yyyy, HH:mm:ss.fff"),
            _ => Relative(ToLocal(instant), Now),
        };

    /// <summary>Takes an IANA zone name such as <c>Europe/Berlin</c>; false, and nothing changes, if this machine does not know it.</summary>
    public bool TrySetZone(string? name)
    {
        if (!TryFindZone(name, out var zone))
        {
            return false;
        }

        var changed = !IsKnown || !zone.Equals(Zone);
        Zone = zone;
        IsKnown = true;
        if (changed)
        {
            Changed?.Invoke();
        }

        return true;
    }

    /// <summary>Finds a zone by the name that a browser gave; the name would otherwise be looked up as a file.</summary>
    public static bool TryFindZone(string? name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        return name is not null && ZoneName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone);
    }

    /// <summary>Asks the browser for its zone and from now on keeps relative times fresh.</summary>
    public async Task StartAsync(IJSRuntime browser, CancellationToken cancellation = default)
    {
        _timer ??= clock.CreateTimer(_ => Changed?.Invoke(), null, Freshness, Freshness);
        TrySetZone(await browser.InvokeAsync<string?>("portal.timeZone", cancellation));
    }

    public void Dispose() => _timer?.Dispose();

    private static string Relative(DateTimeOffset instant, DateTimeOffset now)
    {
        var past = instant <= now;
        var distance = (now - instant).Duration();
        // Beyond a day people count dates, not hours.
        var days = Math.Abs(DateOnly.FromDateTime(now.DateTime).DayNumber - DateOnly.FromDateTime(instant.DateTime).DayNumber);
        var (count, unit) = (distance, days) switch
        {
            ({ TotalSeconds: < 5 }, _) when past => (0, ""),
            ({ TotalMinutes: < 1 }, _) => ((int)Math.Max(1, distance.TotalSeconds), "second"),
            ({ TotalHours: < 1 }, _) => ((int)distance.TotalMinutes, "minute"),
            ({ TotalDays: < 1 }, _) => ((int)distance.TotalHours, "hour"),
            (_, < 60) => (days, "day"),
            // What lies ahead is a deadline, so it keeps its days for longer than what lies behind.
            (_, < 400) when !past => (days, "day"),
            (_, < 365) => (days / 30, "month"),
            _ => (Math.Max(1, days / 365), "year"),
        };
        return (count, unit, past) switch
        {
            (0, _, _) => "just now",
            (1, "day", true) => "yesterday",
            (1, "day", false) => "tomorrow",
            (_, _, true) => $"{count} {unit}{(count == 1 ? "" : "s")} ago",
            _ => $"in {count} {unit}{(count == 1 ? "" : "s")}",
        };
    }

    private static string Write(DateTimeOffset instant, string format) => instant.ToString(format, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[A-Za-z0-9_+\-/]{1,64}$")]
    private static partial Regex ZoneName();
}
