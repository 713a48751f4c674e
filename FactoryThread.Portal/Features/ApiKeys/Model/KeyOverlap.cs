using System.Globalization;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>How long the old value of a regenerated key stays valid beside the new one.</summary>
public static class KeyOverlap
{
    private static readonly string[] Formats = [@"hh\:mm\:ss", @"d\.hh\:mm\:ss"];

    /// <summary>Longer would be a second key, not a rotation.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(30);

    /// <summary>Reads <c>[d.]hh:mm:ss</c>, as the HTTP contract writes it: 24 hours are <c>1.00:00:00</c>.</summary>
    public static bool TryParse(string text, out TimeSpan overlap) => TimeSpan.TryParseExact(text, Formats, CultureInfo.InvariantCulture, out overlap);

    /// <summary>Reads <c>90m</c>, <c>24h</c> or <c>7d</c> too, as people type it.</summary>
    public static bool TryParseShort(string text, out TimeSpan overlap)
    {
        if (text.Length is >= 2 and <= 6 && int.TryParse(text.AsSpan()[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            overlap = text[^1] switch
            {
                'm' => TimeSpan.FromMinutes(count),
                'h' => TimeSpan.FromHours(count),
                'd' => TimeSpan.FromDays(count),
                _ => TimeSpan.MinValue,
            };
            return overlap != TimeSpan.MinValue;
        }

        return TryParse(text, out overlap);
    }

    /// <summary>Why the overlap is not allowed, or null.</summary>
    public static RuleViolation? Check(TimeSpan overlap)
        => overlap < TimeSpan.Zero || overlap > Longest ? new("overlap", $"The old value can stay valid for up to {Longest.Days} days.") : null;
}
