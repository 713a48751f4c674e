using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Alerts.Model;

/// <summary>What a rule says: whether it holds, and from where on.</summary>
/// <param name="Threshold">In the <see cref="AlertKindInfo.Unit"/> of its kind; null is not allowed, but can be typed.</param>
public sealed record RuleSettings(bool Enabled, double? Threshold, long? Minimum)
{
    public static RuleSettings Default(AlertKind kind) => new(true, AlertKindInfo.Of(kind).Threshold, AlertKindInfo.Of(kind).Minimum);

    /// <summary>What of the settings is not allowed; null if nothing.</summary>
    public RuleViolation? Check(AlertKind kind)
    {
        var info = AlertKindInfo.Of(kind);
        if (Threshold is not { } threshold || !(threshold >= info.Lowest && threshold <= info.Highest))
        {
            return new("threshold", string.Create(
                CultureInfo.InvariantCulture, $"Enter a threshold from {info.Lowest} to {info.Highest} ({info.Unit}), such as {info.Threshold}."));
        }

        return info.MinimumUnit is { } unit && Minimum is not (>= 1 and <= 1_000_000_000)
            ? new("minimum", string.Create(CultureInfo.InvariantCulture, $"Enter from how many {unit} the rule looks at all, 1 or more, such as {info.Minimum}."))
            : null;
    }
}

/// <summary>A rule that somebody changed: for the whole workspace, or for one key.</summary>
public sealed class AlertRule
{
    private AlertRule()
    {
    }

    public AlertKind Kind { get; private set; }

    /// <summary>Empty for the workspace's own rule.</summary>
    public string KeyId { get; private set; } = "";

    public bool Enabled { get; private set; }

    public double Threshold { get; private set; }

    public long? Minimum { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public RuleSettings Settings => new(Enabled, Threshold, Minimum);

    /// <param name="settings">Checked by <see cref="RuleSettings.Check"/>.</param>
    public static AlertRule Create(AlertKind kind, string keyId, RuleSettings settings, DateTimeOffset now)
    {
        var rule = new AlertRule { Kind = kind, KeyId = keyId };
        rule.Change(settings, now);
        return rule;
    }

    public void Change(RuleSettings settings, DateTimeOffset now)
    {
        Enabled = settings.Enabled;
        Threshold = settings.Threshold!.Value;
        Minimum = AlertKindInfo.Of(Kind).MinimumUnit is null ? null : settings.Minimum;
        UpdatedAt = now;
    }
}

/// <summary>All rules as they hold now: a key's own, else the workspace's, else the default.</summary>
public sealed class RuleSet(IEnumerable<AlertRule> changed)
{
    private readonly Dictionary<(AlertKind, string), RuleSettings> _changed = changed.ToDictionary(r => (r.Kind, r.KeyId), r => r.Settings);

    public RuleSettings Of(AlertKind kind, string keyId = "")
        => _changed.TryGetValue((kind, keyId), out var own) ? own
            : keyId.Length > 0 ? Of(kind)
            : RuleSettings.Default(kind);

    /// <summary>The key's rule, if it is switched on.</summary>
    public bool Watches(AlertKind kind, string keyId, out double threshold, out long minimum)
    {
        var rule = Of(kind, keyId);
        (threshold, minimum) = (rule.Threshold ?? 0, rule.Minimum ?? 0);
        return rule.Enabled;
    }

    /// <summary>The lowest threshold that any key has of this kind; null if the kind is switched off everywhere.</summary>
    public double? LowestThreshold(AlertKind kind) => Enabled(kind).Min(r => r.Threshold);

    public long? LowestMinimum(AlertKind kind) => Enabled(kind).Min(r => r.Minimum);

    public double? HighestThreshold(AlertKind kind) => Enabled(kind).Max(r => r.Threshold);

    private IEnumerable<RuleSettings> Enabled(AlertKind kind)
        => _changed.Where(r => r.Key.Item1 == kind && r.Key.Item2.Length > 0).Select(r => r.Value).Append(Of(kind)).Where(r => r.Enabled);
}

/// <summary>A rule as the screen shows it.</summary>
/// <param name="KeyId">Null for the workspace's.</param>
/// <param name="IsDefault">Nobody has changed it.</param>
public sealed record RuleView(AlertKindInfo Info, string? KeyId, string? KeyName, RuleSettings Settings, bool IsDefault);
