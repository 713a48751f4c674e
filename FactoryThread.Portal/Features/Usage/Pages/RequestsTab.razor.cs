using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>The log of a key's requests, newest first; the filters stand in the address and filter in the database.</summary>
public sealed partial class RequestsTab
{
    private const int PageSize = 50;

    private List<RequestLogEntry>? _rows;
    private IReadOnlyDictionary<string, string> _flows = new Dictionary<string, string>();
    private long? _next;
    private (string, string?, string?, string?, string?)? _shown;
    private string? _fault;
    private bool _busy;

    [Inject]
    private RequestLog Requests { get; set; } = null!;

    [Inject]
    private FlowCatalog Flows { get; set; } = null!;

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

    private bool Filtered => Wanted is not (_, null or "", null or "", null or "", null or "");

    private (string, string?, string?, string?, string?) Wanted => (KeyId, OutcomeId, FlowId, Address, Code);

    private RequestQuery Query => new()
    {
        KeyId = KeyId,
        Outcome = OutcomeId switch { "succeeded" => Outcome.Succeeded, "failed" => Outcome.Failed, "refused" => Outcome.Refused, _ => null },
        FlowId = Given(FlowId),
        Address = Given(Address),
        Code = Given(Code),
        Take = PageSize,
    };

    protected override async Task OnParametersSetAsync()
    {
        if (RendererInfo.IsInteractive && _shown != Wanted)
        {
            _shown = Wanted;
            await LoadAsync();
        }
    }

    private Task LoadAsync() => GuardAsync(async () =>
    {
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
            Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["outcome"] = null, ["flow"] = null, ["address"] = null, ["code"] = null }),
            replace: true);

    private string FlowName(RequestLogEntry row) => row.FlowId is null ? "—" : _flows.GetValueOrDefault(row.FlowId) ?? row.FlowId;

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private async Task GuardAsync(Func<Task> load)
    {
        (_busy, _fault) = (true, null);
        try
        {
            await load();
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The requests cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The requests of a key could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
