using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>All executions; flow and status stand in the address and filter in the database.</summary>
public sealed partial class ExecutionListPage
{
    private const int PageSize = 50;

    private List<ExecutionRow>? _rows;
    private IReadOnlyList<FlowName> _flows = [];
    private long? _next;
    private (string? Flow, string? Status)? _shown;
    private string? _fault;
    private bool _busy;

    [Inject]
    private ExecutionHistory History { get; set; } = null!;

    [Inject]
    private FlowService Flows { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<ExecutionListPage> Logger { get; set; } = null!;

    [SupplyParameterFromQuery]
    private string? Flow { get; set; }

    [SupplyParameterFromQuery]
    private string? Status { get; set; }

    /// <summary>What the prerendered page showed, so that the live one starts with it.</summary>
    [PersistentState]
    public Snapshot? Prerendered { get; set; }

    private bool Filtered => Flow is { Length: > 0 } || Status is { Length: > 0 };

    private ExecutionQuery Query => new()
    {
        FlowIds = Flow is { Length: > 0 } ? [Flow] : null,
        Outcome = Status switch { "succeeded" => Outcome.Succeeded, "failed" => Outcome.Failed, _ => null },
        Take = PageSize,
    };

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == (Flow, Status))
        {
            return;
        }

        _shown = (Flow, Status);
        if (Prerendered is { } first)
        {
            (_rows, _next, _flows, Prerendered) = ([.. first.Rows], first.Next, first.Flows, null);
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive && _rows is not null)
        {
            Prerendered = new Snapshot(_rows, _next, _flows);
        }
    }

    private Task LoadAsync() => GuardAsync(async () =>
    {
        var wanted = _shown;
        var page = await History.ListAsync(Query, await User.CallerAsync(), CancellationToken.None);
        _flows = [.. (await Flows.ListAsync(CancellationToken.None)).Select(f => new FlowName(f.Id, f.Name))];

        // Somebody may have chosen another filter meanwhile, whose rows must not be overwritten.
        if (wanted == _shown)
        {
            (_rows, _next) = ([.. page.Items], page.Next);
        }
    });

    private Task LoadMoreAsync() => GuardAsync(async () =>
    {
        var page = await History.ListAsync(Query with { BeforeId = _next }, await User.CallerAsync(), CancellationToken.None);
        _rows!.AddRange(page.Items);
        _next = page.Next;
    });

    private void Filter(string name, ChangeEventArgs change)
        => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, change.Value is string { Length: > 0 } value ? value : null));

    private void ShowAll() => Navigation.NavigateTo(FlowLinks.Executions);

    private async Task GuardAsync(Func<Task> load)
    {
        (_busy, _fault) = (true, null);
        try
        {
            await load();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ListFailed(Logger, exception);
            _fault = reason;
        }

        _busy = false;
    }

    /// <summary>The rows of a prerendered page.</summary>
    public sealed record Snapshot(IReadOnlyList<ExecutionRow> Rows, long? Next, IReadOnlyList<FlowName> Flows);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The executions could not be loaded.")]
        public static partial void ListFailed(ILogger logger, Exception exception);
    }
}
