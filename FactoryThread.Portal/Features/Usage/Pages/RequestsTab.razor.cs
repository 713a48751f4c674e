using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>The log of a key's requests, newest first; the filters stand in the address and filter in the database.</summary>
public sealed partial class RequestsTab : IDisposable
{
    private const int PageSize = 50;

    private List<RequestLogEntry>? _rows;
    private IReadOnlyDictionary<string, string> _flows = new Dictionary<string, string>();
    private long? _next;
    private Filters? _shown;
    private TimeZoneInfo? _shownZone;
    private string? _fault;
    private Failure? _rangeFault;
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private RequestLog Requests { get; set; } = null!;

    [Inject]
    private FlowCatalog Flows { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ILogger<RequestsTab> Logger { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public string KeyId { get; set; } = "";

    [SupplyParameterFromQuery(Name = "outcome")]
    private string? OutcomeId { get; set; }

    [SupplyParameterFromQuery(Name = "flow")]
    private string? FlowId { get; set; }

    [SupplyParameterFromQuery(Name = "address")]
    private string? Address { get; set; }

    [SupplyParameterFromQuery(Name = "code")]
    private string? Code { get; set; }

    [SupplyParameterFromQuery(Name = "from")]
    private string? From { get; set; }

    [SupplyParameterFromQuery(Name = "to")]
    private string? To { get; set; }

    private bool Filtered => Wanted != new Filters(KeyId, null, null, null, null, null, null);

    private Filters Wanted => new(KeyId, Given(OutcomeId), Given(FlowId), Given(Address), Given(Code), Given(From), Given(To));

    // A whole day reaches to its end.
    private string ToField => TimeQuery.Read(To, Time, endOfDay: true) is { } to ? TimeQuery.Write(to, Time) : "";

    private RequestQuery Query => new()
    {
        KeyId = KeyId,
        From = TimeQuery.Read(From, Time, endOfDay: false),
        To = TimeQuery.Read(To, Time, endOfDay: true),
        Outcome = OutcomeId switch { "succeeded" => Outcome.Succeeded, "failed" => Outcome.Failed, "refused" => Outcome.Refused, _ => null },
        FlowId = Given(FlowId),
        Address = Given(Address),
        Code = Given(Code),
        Take = PageSize,
    };

    public void Dispose() => Time.Changed -= FollowZone;

    protected override void OnInitialized() => Time.Changed += FollowZone;

    protected override async Task OnParametersSetAsync()
    {
        if (RendererInfo.IsInteractive && _shown != Wanted)
        {
            _shown = Wanted;
            await LoadAsync();
        }
    }

    private void FollowZone() => _ = InvokeAsync(async () =>
    {
        // The times in the address mean others in another zone.
        if (_shown is { From: not null } or { To: not null } && !Time.Zone.Equals(_shownZone))
        {
            await LoadAsync();
            StateHasChanged();
        }
    });

    private Task LoadAsync() => GuardAsync(async () =>
    {
        _shownZone = Time.Zone;
        _rangeFault = CheckTimes();
        if (_rangeFault is not null)
        {
            return;
        }

        var wanted = Wanted;
        var page = await Requests.RequestsAsync(Query, CancellationToken.None);
        _flows = (await Flows.CurrentAsync(CancellationToken.None)).All.ToDictionary(f => f.Id, f => f.Name);

        // Somebody may have chosen another filter meanwhile, whose rows must not be overwritten.
        if (wanted == Wanted)
        {
            (_rows, _next) = ([.. page.Items], page.Next);
        }
    });

    private Task LoadMoreAsync() => GuardAsync(async () =>
    {
        var wanted = Wanted;
        var page = await Requests.RequestsAsync(Query with { BeforeId = _next }, CancellationToken.None);
        if (wanted == Wanted)
        {
            _rows!.AddRange(page.Items);
            _next = page.Next;
        }
    });

    private async Task OpenAsync(RequestLogEntry row) => await Dialogs.ShowAsync<RequestDrawer>(
        "Request",
        new DialogParameters<RequestDrawer> { { d => d.Request, row }, { d => d.FlowName, row.FlowId is null ? null : _flows.GetValueOrDefault(row.FlowId) } },
        new DialogOptions { Position = DialogPosition.CenterRight, MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = true });

    private void Filter(string name, ChangeEventArgs change)
        => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, Given((change.Value as string)?.Trim())), replace: true);

    private void ShowAll()
        => Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["outcome"] = null, ["flow"] = null, ["address"] = null, ["code"] = null, ["from"] = null, ["to"] = null }),
            replace: true);

    private Failure? CheckTimes()
    {
        if (Given(From) is not null && Query.From is null)
        {
            return Failure.Invalid("from", "'From' must be a date and a time, such as 2026-11-24T10:00.");
        }

        if (Given(To) is not null && Query.To is null)
        {
            return Failure.Invalid("to", "'To' must be a date and a time, such as 2026-11-24T12:00.");
        }

        return Query.From >= Query.To ? Failure.Invalid("from", "'From' must lie before 'To'. Choose an earlier beginning, or a later end.") : null;
    }

    private string FlowName(RequestLogEntry row) => row.FlowId is null ? "—" : _flows.GetValueOrDefault(row.FlowId) ?? row.FlowId;

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private async Task GuardAsync(Func<Task> load)
    {
        (_busy, _fault) = (true, null);
        try
        {
            if ((await Keys.GetAsync(KeyId, await User.CallerAsync(), CancellationToken.None)).Failure is { } unreachable)
            {
                (_rows, _fault, _busy) = (null, unreachable.Message, false);
                return;
            }

            await load();
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The requests cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = false;
    }

    private sealed record Filters(string KeyId, string? Outcome, string? Flow, string? Address, string? Code, string? From, string? To);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The requests of a key could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
