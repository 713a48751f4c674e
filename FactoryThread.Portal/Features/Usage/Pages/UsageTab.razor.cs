using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
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
    private Failure? _rangeFault;
    private bool _busy;
    private (string, RangeQuery)? _shown;
    private TimeZoneInfo? _shownZone;
    private int _load;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private FlowCatalog Flows { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

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

    private RangeQuery Query => new(RangeId, From, To, By);

    private string? LatencyTitle => _view?.Latency is { } latency ? $"Of the newest {UsageText.Count(latency.Requests, "request", "requests")} that were let through" : null;

    private UsageBucket? Worst => _view!.Report.Counts.Failed == 0 ? null : _view.Report.Buckets.MaxBy(b => b.Counts.Failed);

    protected override void OnInitialized() => Time.Changed += FollowZone;

    protected override async Task OnParametersSetAsync()
    {
        // The prerendered page does not know the viewer's days yet.
        var wanted = (KeyId, Query);
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
            if ((await Keys.GetAsync(KeyId, await User.CallerAsync(), CancellationToken.None)).Failure is { } unreachable)
            {
                (_view, _fault, _busy) = (null, unreachable.Message, false);
                return;
            }

            var query = Query;
            if (!query.Read(Reports, Time).Succeeded(out var range, out var rangeFault) && _view is null)
            {
                // The form needs something to stand on.
                query = new RangeQuery(null, null, null, null);
                range = query.Read(Reports, Time).Require();
            }

            if (range is not null)
            {
                var view = new View(
                    query,
                    await Reports.ForKeyAsync(KeyId, range, CancellationToken.None),
                    await Reports.LatencyAsync(KeyId, range, CancellationToken.None),
                    await Reports.TodayAsync(KeyId, CancellationToken.None),
                    await Reports.CallersAsync(KeyId, range.From, range.To, CancellationToken.None),
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

    private string RequestsAddress(string filter, DateTimeOffset from, DateTimeOffset to)
        => $"/settings/api-keys/{Uri.EscapeDataString(KeyId)}?tab=requests&{filter}&from={TimeQuery.Write(from, Time)}&to={TimeQuery.Write(to, Time)}";

    private sealed record View(
        RangeQuery Query,
        UsageReport Report,
        UsageLatency? Latency,
        DayUse? Today,
        IReadOnlyList<CallerSeen> Callers,
        IReadOnlyDictionary<string, string> FlowNames);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The usage of a key could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
