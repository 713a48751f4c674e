using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>The range that the page shows, as it stands in the address: <c>range=48h</c>, or <c>from</c> and <c>to</c> as days.</summary>
internal sealed record RangeChoice(string Id, string Text, TimeSpan Length, UsageStep By)
{
    public const string Custom = "custom";

    public static IReadOnlyList<RangeChoice> All { get; } =
    [
        new("24h", "24 h", TimeSpan.FromHours(24), UsageStep.Hour),
        new("48h", "48 h", TimeSpan.FromHours(48), UsageStep.Hour),
        new("7d", "7 d", TimeSpan.FromDays(7), UsageStep.Day),
        new("30d", "30 d", TimeSpan.FromDays(30), UsageStep.Day),
    ];

    public static RangeChoice Default => All[1];

    public static RangeChoice? Find(string? id) => All.FirstOrDefault(choice => choice.Id == id);

    public static DateOnly? Day(string? text)
        => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
