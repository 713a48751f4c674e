using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>A range that a button offers.</summary>
internal sealed record RangeChoice(string Id, string Text, TimeSpan Length, UsageStep By)
{
    public static IReadOnlyList<RangeChoice> All { get; } =
    [
        new("24h", "24 h", TimeSpan.FromHours(24), UsageStep.Hour),
        new("48h", "48 h", TimeSpan.FromHours(48), UsageStep.Hour),
        new("7d", "7 d", TimeSpan.FromDays(7), UsageStep.Day),
        new("30d", "30 d", TimeSpan.FromDays(30), UsageStep.Day),
        new("90d", "90 d", TimeSpan.FromDays(90), UsageStep.Day),
    ];

    public static RangeChoice Default => All[1];

    public static RangeChoice Find(string? id) => All.FirstOrDefault(choice => choice.Id == id) ?? Default;
}

/// <summary>The range that a page shows, as it stands in the address: <c>range=48h</c>, or <c>from</c> and <c>to</c> as the viewer's days, and <c>by</c>.</summary>
public sealed record RangeQuery(string? Id, string? From, string? To, string? By)
{
    public bool IsOwn => !string.IsNullOrEmpty(From) || !string.IsNullOrEmpty(To);

    public string Text => IsOwn ? "custom range" : RangeChoice.Find(Id).Text;

    public UsageStep? Step => By switch { "hour" => UsageStep.Hour, "day" => UsageStep.Day, _ => null };

    /// <summary>The query of an address that shows the same range; empty for the default.</summary>
    public string Address => IsOwn
        ? $"from={Uri.EscapeDataString(From ?? "")}&to={Uri.EscapeDataString(To ?? "")}" + (By is null ? "" : $"&by={Uri.EscapeDataString(By)}")
        : RangeChoice.Find(Id) is var choice && choice == RangeChoice.Default ? "" : $"range={choice.Id}";

    /// <summary>Checks it; a failure names the field as the form does.</summary>
    internal Result<UsageRange> Read(UsageReports reports, BrowserTime time)
    {
        if (!IsOwn)
        {
            var choice = RangeChoice.Find(Id);
            return reports.Range(time.Now - choice.Length, null, Step ?? choice.By, time.Zone);
        }

        if (Day(From) is not { } first)
        {
            return Failure.Invalid("from", "'From' must be a day, such as 2026-11-24.");
        }

        if (Day(string.IsNullOrEmpty(To) ? From : To) is not { } last)
        {
            return Failure.Invalid("to", "'To' must be a day, such as 2026-11-24.");
        }

        return last < first
            ? Failure.Invalid("from", "'From' must not lie after 'To'. Choose an earlier first day, or a later last one.")
            : reports.Range(time.StartOf(first), time.EndOf(last), Step ?? UsageStep.Day, time.Zone);
    }

    internal static DateOnly? Day(string? text)
        => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 9000 ? day : null;
}
