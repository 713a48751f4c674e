using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>The heading of a chart with the ranges to choose from; what is chosen goes into the address, where the page reads it.</summary>
public sealed partial class RangePicker
{
    private readonly string _id = $"range-{Guid.NewGuid():n}";
    private DateOnly? _from;
    private DateOnly? _to;
    private UsageStep _step = UsageStep.Day;
    private RangeQuery? _taken;
    private bool _open;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public RangeQuery Query { get; set; } = null!;

    /// <summary>What the page shows; where the form starts from.</summary>
    [Parameter]
    public UsageRange? Shown { get; set; }

    [Parameter]
    public string Title { get; set; } = "";

    /// <summary>Why the range in the address is not shown. What was typed stands beside it.</summary>
    [Parameter]
    public Failure? Fault { get; set; }

    /// <summary>Beside the ranges.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    private bool Open => _open || Fault is not null;

    private string Today => DateOnly.FromDateTime(Time.Now.DateTime).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    protected override void OnParametersSet()
    {
        if (Query != _taken && Query.IsOwn)
        {
            (_from, _to, _step) = (RangeQuery.Day(Query.From), RangeQuery.Day(Query.To), Query.Step ?? UsageStep.Day);
        }

        _taken = Query;
    }

    private void Toggle()
    {
        _open = !_open;
        if (Shown is not null)
        {
            _from ??= DateOnly.FromDateTime(Time.ToLocal(Shown.From).DateTime);
            _to ??= DateOnly.FromDateTime(Time.ToLocal(Shown.To.AddTicks(-1)).DateTime);
        }
    }

    private void Choose(RangeChoice choice)
    {
        _open = false;
        Go(new RangeQuery(choice == RangeChoice.Default ? null : choice.Id, null, null, null));
    }

    // An empty day goes into the address as "none", so that the page says which one is missing.
    private void Submit() => Go(new RangeQuery(null, Text(_from), Text(_to), _step == UsageStep.Hour ? "hour" : null));

    private static string Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "none";

    private void Go(RangeQuery query) => Navigation.NavigateTo(
        Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["range"] = query.Id, ["from"] = query.From, ["to"] = query.To, ["by"] = query.By }),
        replace: true);
}
