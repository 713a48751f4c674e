using System.Globalization;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>One flow: what it is, where it goes, how to call it, and what ran lately.</summary>
public sealed partial class FlowDetailsPage
{
    private const int RecentExecutions = 10;

    private View? _view;
    private bool _missing;
    private string? _fault;

    [Inject]
    private FlowService Flows { get; set; } = null!;

    [Inject]
    private ConnectionService Connections { get; set; } = null!;

    [Inject]
    private ExecutionHistory History { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IOptions<PortalOptions> Options { get; set; } = null!;

    [Inject]
    private ILogger<FlowDetailsPage> Logger { get; set; } = null!;

    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>What the prerendered page showed, so that the live one starts with it.</summary>
    [PersistentState]
    public View? Prerendered { get; set; }

    private string Host => FlowLinks.Host(Options.Value, Navigation);

    private string KeysText => _view!.Keys switch
    {
        { Total: 0 } => "No active key may execute it.",
        var keys => string.Create(CultureInfo.InvariantCulture, $"{Count(keys.Total)} may execute it: {keys.AllFlows:N0} with All flows, {keys.Selected:N0} with this flow selected."),
    };

    protected override async Task OnParametersSetAsync()
    {
        if (_view?.Id == Id)
        {
            return;
        }

        if (Prerendered?.Id == Id)
        {
            (_view, Prerendered) = (Prerendered, null);
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive)
        {
            Prerendered = _view;
        }
    }

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            if (!(await Flows.GetAsync(Id, CancellationToken.None)).Succeeded(out var flow, out _))
            {
                (_view, _missing) = (null, true);
                return;
            }

            var connections = await Connections.ChoicesAsync(CancellationToken.None);
            var recent = await History.ListAsync(new ExecutionQuery { FlowIds = [flow.Id], Take = RecentExecutions }, await User.CallerAsync(), CancellationToken.None);
            _view = new View
            {
                Id = flow.Id,
                Name = flow.Name,
                Description = flow.Description,
                Route = flow.Route,
                Published = flow.Published,
                Live = TargetView.Of(flow.Live, connections),
                Test = TargetView.Of(flow.Test, connections),
                CreatedAt = flow.CreatedAt,
                UpdatedAt = flow.UpdatedAt,
                Keys = await Flows.KeysAsync(flow.Id, CancellationToken.None),
                Recent = recent.Items,
            };
            _missing = false;
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.FlowFailed(Logger, exception);
            _fault = reason;
        }
    }

    private Task EditAsync() => GuardAsync(async () =>
    {
        if (!(await Flows.GetAsync(Id, CancellationToken.None)).Succeeded(out var flow, out var failure))
        {
            Snackbar.Add(failure.Message, Severity.Error);
            return;
        }

        if (await FlowDialog.ShowAsync(Dialogs, flow) is { } saved)
        {
            Snackbar.Add($"{saved.Name} is saved. The change holds from the next call.", Severity.Success);
            await LoadAsync();
        }
    });

    private Task PublishAsync(bool publish) => GuardAsync(async () =>
    {
        var keys = await Flows.KeysAsync(Id, CancellationToken.None);
        var request = publish
            ? new ConfirmRequest($"Publish {_view!.Name}?", "Publish flow")
            {
                Body = keys.Total == 0
                    ? "No active key may execute this flow yet. Live keys will run its live target, test keys its test target."
                    : $"From now on {Count(keys.Total)} can execute it: live keys run its live target, test keys its test target.",
            }
            : new ConfirmRequest($"Unpublish {_view!.Name}?", "Unpublish flow")
            {
                Body = keys.Total == 0
                    ? "No active key may execute this flow, so no caller will notice."
                    : $"{Count(keys.Total)} may execute this flow. Their calls are refused from now on (403 flow_not_published){LastRunText}. You can publish it again at any time.",
                Danger = true,
            };
        if (!await ConfirmDialog.ShowAsync(Dialogs, request))
        {
            return;
        }

        var result = await Flows.PublishAsync(Id, publish, await User.CallerAsync(), CancellationToken.None);
        if (result.Succeeded(out var flow, out var failure))
        {
            Snackbar.Add(publish ? $"{flow.Name} is published." : $"{flow.Name} is a draft now; calls are refused.", Severity.Success);
        }
        else
        {
            Snackbar.Add(failure.Message, Severity.Error);
        }

        await LoadAsync();
    });

    private string LastRunText => _view!.Recent is [var latest, ..] ? $"; it last ran {Ago(latest.At)}" : "; it has never run";

    private string Ago(DateTimeOffset instant) => Time.Format(instant, TimeFormat.Relative);

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    private static string Count(int keys) => string.Create(CultureInfo.InvariantCulture, $"{keys:N0} active {(keys == 1 ? "key" : "keys")}");

    private async Task GuardAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.FlowFailed(Logger, exception);
            Snackbar.Add($"Nothing was changed. {reason}", Severity.Error);
        }
    }

    /// <summary>What the page shows.</summary>
    public sealed record View
    {
        public required string Id { get; init; }

        public required string Name { get; init; }

        public string? Description { get; init; }

        public string? Route { get; init; }

        public bool Published { get; init; }

        public required TargetView Live { get; init; }

        public required TargetView Test { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset UpdatedAt { get; init; }

        public required FlowKeys Keys { get; init; }

        public required IReadOnlyList<ExecutionRow> Recent { get; init; }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A flow could not be shown or changed.")]
        public static partial void FlowFailed(ILogger logger, Exception exception);
    }
}
