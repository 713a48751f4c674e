using System.Globalization;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>How alerts, rules and channels read and look.</summary>
internal static class AlertLook
{
    public const string Path = "/settings/alerts";

    public static Tone ToneOf(AlertLevel level) => level switch
    {
        AlertLevel.Critical => Tone.Bad,
        AlertLevel.Warning => Tone.Warn,
        _ => Tone.Info,
    };

    public static string Icon(AlertLevel level) => level == AlertLevel.Notice ? PortalIcons.Info : PortalIcons.Alert;

    /// <summary>What its link says: to somebody whose role may not change the key, not what they cannot do there.</summary>
    public static string Action(AlertView alert, PortalRole? role)
        => alert.Kind is AlertKind.LimitMinute or AlertKind.LimitDay or AlertKind.KeyExpiring or AlertKind.RotationDue
            && !(alert.OwnerRole is { } owner && role >= KeyLinks.LeastToChange(owner))
            ? "See the key" : alert.ActionText;

    public static string Level(AlertLevel level) => level switch
    {
        AlertLevel.Critical => "Critical only",
        AlertLevel.Warning => "Warnings and critical",
        _ => "All",
    };

    /// <summary>A rule in a line, such as <c>from 4 times the usual, and 100 requests in the hour</c>.</summary>
    public static string Says(AlertKindInfo info, RuleSettings rule)
    {
        var threshold = rule.Threshold == 0
            ? info.Kind == AlertKind.RotationDue ? "when it is due" : "from the first day on"
            : string.Create(CultureInfo.InvariantCulture, $"{rule.Threshold:#,0.###} {info.Unit}");
        return info.MinimumUnit is null ? threshold : string.Create(CultureInfo.InvariantCulture, $"{threshold}, from {rule.Minimum:n0} {info.MinimumUnit}");
    }

    public static string Pace(ChannelPace pace, int digestHour)
        => pace == ChannelPace.AtOnce ? "At once" : string.Create(CultureInfo.InvariantCulture, $"Daily digest at {digestHour:00}:00 UTC");
}
