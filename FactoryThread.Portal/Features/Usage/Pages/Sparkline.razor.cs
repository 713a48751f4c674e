using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>Daily totals as bars of 84 × 24 CSS pixels, oldest first, the last one today.</summary>
public sealed partial class Sparkline
{
    private const double Gap = 2;

    private static readonly IReadOnlyList<long> Unused = new long[UsageReports.SparklineDays];

    private IReadOnlyList<long> _values = Unused;

    /// <summary>As <see cref="UsageReports.SparklinesAsync"/> gives them; null or empty for a key that was not used.</summary>
    [Parameter]
    [EditorRequired]
    public IReadOnlyList<long>? Values { get; set; }

    private string Description => _values.Sum() == 0
        ? $"No requests in the last {_values.Count} days"
        : $"{UsageText.Count(_values.Sum(), "request", "requests")} in the last {_values.Count} days, {UsageText.Number(_values[^1])} today";

    private string Width => Text((84 - Gap * (_values.Count - 1)) / _values.Count);

    private string X(int day) => Text(day * (84 + Gap) / _values.Count);

    private string Y(int day) => Text(24 - Size(day));

    private string Height(int day) => Text(Size(day));

    // A day with a single request still shows.
    private double Size(int day) => _values[day] == 0 ? 1 : Math.Max(3, 24.0 * _values[day] / Math.Max(1, _values.Max()));

    protected override void OnParametersSet() => _values = Values is { Count: > 0 } ? Values : Unused;

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
