using System.Globalization;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>What a key did: totals, chart, flows and callers of the chosen range, which stands in the address.</summary>
public sealed partial class UsageTab : IDisposable
{
    private const int ShownCallers = 8;

    private View? _view;
    private string? _fault;
    private string? _rangeFault;
    private bool _busy;
    private bool _choosing;
    private DateOnly? _fromDay;
    private DateOnly? _toDay;
    private UsageStep _ownStep = UsageStep.Day;
    private (string, string?, string?, string?, string?)? _shown;
    private TimeZoneInfo? _shownZone;
    private int _load;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private FlowCatalog Flows { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<UsageTab> Logger { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public string KeyId { get; set; } = "";

    [Parameter]
    public string KeyName { get; set; } = "";

    [SupplyParameterFromQuery(Name = "range")]
    private string? RangeId { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private string? To { get; set; }

    [SupplyParameterFromQuery(Name = "by")]
    private string? By { get; set; }

    private string Current => RangeChoice.Day(From) is not null ? RangeChoice.Custom : (RangeChoice.Find(RangeId) ?? RangeChoice.Default).Id;

    private string RangeText => Current == RangeChoice.Custom ? "own range" : RangeChoice.Find(Current)!.Text;

    private string Today => DateOnly.FromDateTime(Time.Now.DateTime).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string? LatencyTitle => _view?.Latency is { } latency ? $"Of the newest {UsageText.Count(latency.Requests, "request", "requests")} that were let through" : null;

    private UsageBucket? Worst => _view!.Report.Counts.Failed == 0 ? null : _view.Report.Buckets.MaxBy(b => b.Counts.Failed);

    protected override void OnInitialized() => Time.Changed += FollowZone;

    protected override async Task OnParametersSetAsync()
    {
        // The prerendered page does not know the viewer's days yet.
        var wanted = (KeyId, RangeId, From, To, By);
        if (RendererInfo.IsInteractive && _shown != wanted)
        {
            _shown = wanted;
            await LoadAsync();
        }
    }

    public void Dispose() => Time.Changed -= FollowZone;

    private void FollowZone() => _ = InvokeAsync(async () =>
    {
        if (_shown is not null && !Time.Zone.Equals(_shownZone))
        {
            await LoadAsync();
            StateHasChanged();
        }
    });

    private async Task LoadAsync()
    {
        var load = ++_load;
        (_busy, _fault, _shownZone) = (true, null, Time.Zone);
        try
        {
            var chosen = Range();
            var rangeFault = chosen.Failure?.Message;
            if (rangeFault is null || _view is null)
            {
                var range = rangeFault is null ? chosen.Value! : DefaultRange();
                var view = new View(
                    await Reports.ForKeyAsync(KeyId, range, CancellationToken.None),
                    await Reports.LatencyAsync(KeyId, range, CancellationToken.None),
                    await Reports.TodayAsync(KeyId, CancellationToken.None),
                    await Reports.CallersAsync(KeyId, range.From, CancellationToken.None),
                    (await Flows.CurrentAsync(CancellationToken.None)).All.ToDictionary(f => f.Id, f => f.Name));

                // Somebody may have chosen another range meanwhile, which must not be overwritten.
                _view = load == _load ? view : _view;
            }

            _rangeFault = load == _load ? rangeFault : _rangeFault;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The usage cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = load != _load;
    }

    private Result<UsageRange> Range()
    {
        UsageStep? step = By switch { "hour" => UsageStep.Hour, "day" => UsageStep.Day, _ => null };
        if (RangeChoice.Day(From) is { } first)
        {
            return Reports.Range(Time.StartOf(first), Time.EndOf(RangeChoice.Day(To) ?? first), step ?? UsageStep.Day, Time.Zone);
        }

        return RangeOf(RangeChoice.Find(RangeId) ?? RangeChoice.Default, step);
    }

    private UsageRange DefaultRange() => RangeOf(RangeChoice.Default, null).Require();

    private Result<UsageRange> RangeOf(RangeChoice choice, UsageStep? step) => Reports.Range(Time.Now - choice.Length, null, step ?? choice.By, Time.Zone);

    private void Choose(string id)
    {
        _choosing = false;
        Go(id == RangeChoice.Default.Id ? null : id, null, null, null);
    }

    private void OpenCustom()
    {
        _choosing = !_choosing;
        var range = _view!.Report.Range;
        _fromDay ??= DateOnly.FromDateTime(Time.ToLocal(range.From).DateTime);
        _toDay ??= DateOnly.FromDateTime(Time.ToLocal(range.To).DateTime);
    }

    private void ChooseCustom()
    {
        if (_fromDay is not { } from || _toDay is not { } to)
        {
            _rangeFault = "Choose the first and the last day.";
            return;
        }

        Go(null, Text(from), Text(to), _ownStep == UsageStep.Hour ? "hour" : null);

        static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private void Go(string? range, string? from, string? to, string? by)
        => Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["range"] = range, ["from"] = from, ["to"] = to, ["by"] = by }),
            replace: true);

    private string RequestsAddress(string filter) => $"/settings/api-keys/{Uri.EscapeDataString(KeyId)}?tab=requests&{filter}";

    private sealed record View(
        UsageReport Report, UsageLatency? Latency, DayUse? Today, IReadOnlyList<CallerSeen> Callers, IReadOnlyDictionary<string, string> FlowNames);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The usage of a key could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
