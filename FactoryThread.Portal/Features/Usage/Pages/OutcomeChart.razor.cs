using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>
/// Requests per bucket as stacked bars. A picture for the eye, with a tip on each bar; the same numbers as a table for the keyboard and for
/// who cannot see it.
/// </summary>
public sealed partial class OutcomeChart
{
    private const double PlotWidth = 720;
    private const double PlotHeight = 160;

    // Between the parts of a bar, so that they are told apart without their colours.
    private const double Seam = 1;

    private readonly string _id = $"chart-{Guid.NewGuid():n}";
    private List<Bar> _bars = [];
    private double _slot;
    private double _width;
    private long _most;
    private bool _table;

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<UsageBucket> Buckets { get; set; } = [];

    [Parameter]
    public UsageStep By { get; set; }

    /// <summary>In whose time the buckets are named.</summary>
    [Parameter]
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    private string Title => By == UsageStep.Hour ? "Requests by hour" : "Requests by day";

    private UsageCounts Sum => Buckets.Aggregate(default(UsageCounts), (sum, bucket) => sum + bucket.Counts);

    private string Summary => Buckets.Count == 0 ? "No requests." : Told(Sum) + $" from {Name(Buckets[0])} to {Name(Buckets[^1])}.";

    private (string Css, Outcome Outcome, long Count)[] Legend =>
    [
        ("succeeded", Outcome.Succeeded, Sum.Succeeded),
        ("failed", Outcome.Failed, Sum.Failed),
        ("refused", Outcome.Refused, Sum.Refused),
    ];

    private IEnumerable<string> AxisLabels => Buckets.Count switch
    {
        0 => [],
        1 => [Name(Buckets[0])],
        2 => [Name(Buckets[0]), Name(Buckets[1])],
        _ => [Name(Buckets[0]), Name(Buckets[Buckets.Count / 2]), Name(Buckets[^1])],
    };

    protected override void OnParametersSet()
    {
        _most = Math.Max(1, Buckets.Select(b => b.Counts.Total).DefaultIfEmpty().Max());
        _slot = PlotWidth / Math.Max(1, Buckets.Count);
        _width = _slot * 0.76;
        _bars = [.. Buckets.Select((bucket, index) => new Bar(bucket.Start, index * _slot + _slot * 0.12, $"{Name(bucket)}: {Told(bucket.Counts)}", Parts(bucket.Counts)))];
    }

    private List<Part> Parts(UsageCounts counts)
    {
        var parts = new List<Part>(3);
        var top = PlotHeight;
        foreach (var (css, count) in new[] { ("succeeded", counts.Succeeded), ("failed", counts.Failed), ("refused", counts.Refused) })
        {
            if (count > 0)
            {
                // A single failure among thousands is what one looks for, so it is never thinner than a line.
                var height = Math.Max(2, (PlotHeight - 6) * count / _most);
                top -= height;
                parts.Add(new Part(css, Math.Max(0, top), Math.Max(1, height - Seam)));
            }
        }

        return parts;
    }

    private string Name(UsageBucket bucket) => UsageText.Bucket(bucket.Start, By, Zone);

    private static string Told(UsageCounts counts) => counts.Total == 0
        ? "no requests"
        : $"{UsageText.Count(counts.Total, "request", "requests")}, {UsageText.Number(counts.Succeeded)} succeeded, {UsageText.Number(counts.Failed)} failed, {UsageText.Number(counts.Refused)} refused";

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private sealed record Bar(DateTimeOffset Start, double X, string Tip, List<Part> Parts);

    private sealed record Part(string Class, double Y, double Height);
}
