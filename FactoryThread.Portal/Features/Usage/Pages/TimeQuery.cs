using System.Globalization;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>Instants in the address of a page, as the viewer's clock shows them: <c>2026-11-24T10:00</c>, or a whole day.</summary>
internal static class TimeQuery
{
    private const string Minutes = "yyyy-MM-dd'T'HH:mm";

    /// <summary>To the minute, rounded up, so that what is searched up to an instant includes all before it.</summary>
    public static string Write(DateTimeOffset instant, BrowserTime time)
    {
        var rounded = instant.AddTicks((TimeSpan.TicksPerMinute - instant.Ticks % TimeSpan.TicksPerMinute) % TimeSpan.TicksPerMinute);
        return time.ToLocal(rounded).ToString(Minutes, CultureInfo.InvariantCulture);
    }

    /// <summary>As the field for date and time takes it; empty if it is none.</summary>
    public static string Field(string? text) => Local(text, endOfDay: false)?.ToString(Minutes, CultureInfo.InvariantCulture) ?? "";

    /// <param name="endOfDay">A whole day stands for its end.</param>
    public static DateTimeOffset? Read(string? text, BrowserTime time, bool endOfDay) => Local(text, endOfDay) is { } local ? time.Instant(local) : null;

    private static DateTime? Local(string? text, bool endOfDay)
    {
        string[] formats = ["yyyy-MM-dd", Minutes, "yyyy-MM-dd'T'HH:mm:ss"];
        if (!DateTime.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year is < 2000 or > 9000)
        {
            return null;
        }

        return endOfDay && text!.Length == formats[0].Length ? local.AddDays(1) : local;
    }
}
