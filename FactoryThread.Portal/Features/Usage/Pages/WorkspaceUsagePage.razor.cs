using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>What all keys did in the chosen range, which stands in the address; who sees only their own keys sees what these did.</summary>
public sealed partial class WorkspaceUsagePage : IDisposable
{
    private View? _view;
    private string? _fault;
    private Failure? _rangeFault;
    private bool _busy;
    private RangeQuery? _shown;
    private TimeZoneInfo? _shownZone;
    private int _load;

    [Inject]
    private UsageReports Ranges { get; set; } = null!;

    [Inject]
    private WorkspaceReports Reports { get; set; } = null!;

    [Inject]
    private FlowCatalog Flows { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private ILogger<WorkspaceUsagePage> Logger { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "range")]
    private string? RangeId { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private string? To { get; set; }

    [SupplyParameterFromQuery(Name = "by")]
    private string? By { get; set; }

    private static string SampleTitle
        => $"Of the newest {UsageText.Number(WorkspaceReports.SamplePerKey)} requests of each of the {WorkspaceReports.MostNamed} most used keys";

    private static string TroubleTitle => $"{SampleTitle}, and of the {WorkspaceReports.MostNamed} most often refused or failed";

    private RangeQuery Query => new(RangeId, From, To, By);

    /// <summary>Who sees only their own keys is not told who was turned away: known before the figures are, and kept when the page comes to life.</summary>
    [PersistentState]
    public bool? OwnOnly { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Time.Changed += FollowZone;
        try
        {
            OwnOnly ??= (await User.CallerAsync()).OnlyOf is not null;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            // Loading the figures tells it.
            Log.NotLoaded(Logger, fault);
        }
    }

    protected override async Task OnParametersSetAsync()
    {
        // The prerendered page does not know the viewer's days yet.
        if (RendererInfo.IsInteractive && _shown != Query)
        {
            _shown = Query;
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
            var query = Query;
            if (!query.Read(Ranges, Time).Succeeded(out var range, out var rangeFault) && _view is null)
            {
                // The form needs something to stand on.
                query = new RangeQuery(null, null, null, null);
                range = query.Read(Ranges, Time).Require();
            }

            if (range is not null)
            {
                var caller = await User.CallerAsync();
                var scope = UsageScope.Workspace(caller.OnlyOf);

                // Not on the circuit's thread: it counts the hours of all keys.
                var report = await Task.Run(() => Reports.ReadAsync(scope, range, CancellationToken.None));
                var sample = await Task.Run(() => Reports.SampleAsync(report, CancellationToken.None));
                var view = new View(query, scope, report, sample, (await Flows.CurrentAsync(CancellationToken.None)).All.ToDictionary(f => f.Id, f => f.Name));

                // Somebody may have chosen another range meanwhile, which must not be overwritten.
                _view = load == _load ? view : _view;
            }

            _rangeFault = load == _load ? rangeFault : _rangeFault;
        }
        catch (UnauthorizedAccessException fault)
        {
            _fault = fault.Message;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The usage cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = load != _load;
    }

    private string KeyAddress(string id) => $"/settings/api-keys/{Uri.EscapeDataString(id)}?tab=usage" + (_view!.Query.Address is { Length: > 0 } range ? "&" + range : "");

    /// <summary>The key's requests of the range that ended like this.</summary>
    private string TroubleAddress(TroubleUsage trouble)
        => QueryHelpers.AddQueryString($"/settings/api-keys/{Uri.EscapeDataString(trouble.Key.Id)}", new Dictionary<string, string?>
        {
            ["tab"] = "requests",
            ["outcome"] = trouble.Outcome.ToString().ToLowerInvariant(),
            ["code"] = trouble.Code,
            ["from"] = TimeQuery.Write(_view!.Report.Range.From, Time),
            ["to"] = TimeQuery.Write(_view.Report.Range.To, Time),
        });

    private static string Wrong(string code) => code switch
    {
        "missing_key" => "missing",
        "malformed_key" => "malformed",
        "unknown_key" => "unknown",
        "wrong_header_format" => "wrong header",
        "ambiguous_key" => "two keys at once",
        "too_many_failures" => "blocked after too many",
        _ => code,
    };

    private sealed record View(RangeQuery Query, UsageScope Scope, WorkspaceReport Report, WorkspaceSample Sample, IReadOnlyDictionary<string, string> FlowNames)
    {
        public bool All => Scope.OwnerId is null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The usage of the workspace could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
