using System.Globalization;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>All flows, with a search over them.</summary>
public sealed partial class FlowListPage
{
    private List<Row>? _rows;
    private string? _fault;

    [Inject]
    private FlowService Flows { get; set; } = null!;

    [Inject]
    private ExecutionHistory History { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IOptions<PortalOptions> Options { get; set; } = null!;

    [Inject]
    private ILogger<FlowListPage> Logger { get; set; } = null!;

    [SupplyParameterFromQuery]
    private string? Search { get; set; }

    /// <summary>What the prerendered page showed, so that the live one starts with it.</summary>
    [PersistentState]
    public List<Row>? Prerendered { get; set; }

    private string Host => FlowLinks.Host(Options.Value, Navigation);

    private string Subtitle => _rows is null
        ? " "
        : string.Create(CultureInfo.InvariantCulture, $"{_rows.Count:N0} {(_rows.Count == 1 ? "flow" : "flows")} · {_rows.Count(r => r.Published):N0} published");

    private List<Row> Found => string.IsNullOrWhiteSpace(Search)
        ? [.. _rows!]
        : [.. _rows!.Where(r => Matches(r.Name) || Matches(r.Id) || Matches(r.Description) || Matches(r.Route))];

    protected override async Task OnInitializedAsync()
    {
        if (Prerendered is not null)
        {
            (_rows, Prerendered) = (Prerendered, null);
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive)
        {
            Prerendered = _rows;
        }
    }

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            var runs = await History.LastRunsAsync(CancellationToken.None);
            _rows = (await Flows.ListAsync(CancellationToken.None)).Select(f => Row.Of(f, runs.GetValueOrDefault(f.Id))).ToList();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ListFailed(Logger, exception);
            _fault = reason;
        }
    }

    private async Task CreateAsync()
    {
        if (await FlowDialog.ShowAsync(Dialogs, null) is { } made)
        {
            Navigation.NavigateTo(FlowLinks.Flow(made.Id));
        }
    }

    private void SearchTyped(ChangeEventArgs change)
    {
        Search = (string?)change.Value;
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("search", string.IsNullOrWhiteSpace(Search) ? null : Search), replace: true);
    }

    private void ShowAll() => SearchTyped(new ChangeEventArgs { Value = "" });

    private bool Matches(string? text) => text?.Contains(Search!.Trim(), StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>A line of the list.</summary>
    public sealed record Row(string Id, string Name, string? Description, string? Route, bool Published, LastRun? LastRun)
    {
        internal static Row Of(Flow flow, LastRun? run) => new(flow.Id, flow.Name, flow.Description, flow.Route, flow.Published, run);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The list of flows could not be loaded.")]
        public static partial void ListFailed(ILogger logger, Exception exception);
    }
}
