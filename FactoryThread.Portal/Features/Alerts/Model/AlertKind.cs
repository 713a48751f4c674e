namespace FactoryThread.Portal.Features.Alerts.Model;

/// <summary>What a rule watches.</summary>
public enum AlertKind
{
    UnusualRate,
    NewNetwork,
    ErrorJump,
    LongSilence,
    FailedAddress,
    RefusedKey,
    LimitMinute,
    LimitDay,
    KeyExpiring,
    RotationDue,
}

/// <summary>How much an alert matters; ordered.</summary>
public enum AlertLevel
{
    Notice,
    Warning,
    Critical,
}

/// <summary>A rule's words, and the values it has until somebody changes them.</summary>
/// <param name="Unit">What the threshold counts; it follows the number in a sentence.</param>
/// <param name="MinimumUnit">What the minimum counts; null for a rule without one.</param>
/// <param name="OfKey">It watches single keys, so that a key can have a rule of its own.</param>
public sealed record AlertKindInfo(
    AlertKind Kind, string Code, string Group, string Label, string Explanation,
    double Threshold, double Lowest, double Highest, string Unit,
    long? Minimum = null, string? MinimumUnit = null, bool OfKey = true)
{
    public static IReadOnlyList<AlertKindInfo> All { get; } =
    [
        new(AlertKind.UnusualRate, "unusual_rate", "Unusual activity", "Far more requests than usual",
            "Requests in an hour against the key's own average at this hour of the week, over up to four weeks.",
            4, 1.5, 1000, "times the usual", 100, "requests in the hour"),
        new(AlertKind.NewNetwork, "new_network", "Unusual activity", "First call from a new network",
            "A call from a network (/24, or /48 for IPv6) that the key was never used from, once the key has been in use for some days.",
            7, 0, 365, "days of use before"),
        new(AlertKind.ErrorJump, "error_jump", "Unusual activity", "Many more errors than usual",
            "The share of failed and refused requests in an hour, if it is three times the key's own share of the last seven days.",
            30, 1, 100, "% of the requests", 20, "requests in the hour"),
        new(AlertKind.LongSilence, "long_silence", "Unusual activity", "Use after a long silence",
            "The first call of a key that nobody used for a long time.",
            30, 1, 3650, "days without use"),
        new(AlertKind.FailedAddress, "failed_address", "Failed authentication", "Wrong keys from one address",
            "Unknown, malformed or wrongly sent keys from one address within 15 minutes.",
            30, 1, 1_000_000, "attempts in 15 minutes", OfKey: false),
        new(AlertKind.RefusedKey, "refused_key", "Failed authentication", "A revoked or expired key is still used",
            "Calls within an hour with a key that is expired, revoked, replaced, deleted or whose owner is disabled.",
            5, 1, 1_000_000, "calls in an hour"),
        new(AlertKind.LimitMinute, "limit_minute", "Usage approaching limits", "Close to the limit per minute",
            "Requests in a minute against the key's limit; the alert grows at 95 % and at 100 %.",
            80, 1, 100, "% of the limit"),
        new(AlertKind.LimitDay, "limit_day", "Usage approaching limits", "Close to the limit per day",
            "Requests in the UTC day against the key's limit; the alert grows at 95 % and at 100 %.",
            80, 1, 100, "% of the limit"),
        new(AlertKind.KeyExpiring, "key_expiring", "Care of keys", "A key expires soon",
            "An active key that will stop working.",
            14, 1, 365, "days before"),
        new(AlertKind.RotationDue, "rotation_due", "Care of keys", "Rotation is due",
            "A value older than the recommended rotation of its kind of key.",
            0, 0, 90, "days before"),
    ];

    public static AlertKindInfo Of(AlertKind kind) => All[(int)kind];
}
