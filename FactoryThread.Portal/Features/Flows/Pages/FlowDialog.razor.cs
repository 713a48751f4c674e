using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>Makes or changes a flow; the result is the saved <see cref="Flow"/>.</summary>
public sealed partial class FlowDialog
{
    private readonly string _id = $"flow-{Guid.NewGuid():n}";
    private FlowDraft _draft = new();
    private IReadOnlyList<(string Id, string Name, string BaseAddress)> _connections = [];
    private Failure? _violation;
    private string? _failure;
    private bool _busy;
    private bool _focused;
    private ElementReference _first;

    [Inject]
    private FlowService Flows { get; set; } = null!;

    [Inject]
    private ConnectionService Connections { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>The flow to change; null makes a new one.</summary>
    [Parameter]
    public Flow? Flow { get; set; }

    /// <summary>The flow as saved, or null if nothing was.</summary>
    public static async Task<Flow?> ShowAsync(IDialogService dialogs, Flow? flow)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var shown = await dialogs.ShowAsync<FlowDialog>(
            flow is null ? "New flow" : $"Edit {flow.Name}", new DialogParameters<FlowDialog> { { d => d.Flow, flow } }, options);
        return await shown.Result is { Canceled: false, Data: Flow saved } ? saved : null;
    }

    protected override async Task OnInitializedAsync()
    {
        if (Flow is not null)
        {
            _draft = FlowDraft.Of(Flow);
        }

        try
        {
            _connections = await Connections.ChoicesAsync(CancellationToken.None);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            _failure = $"The connections cannot be listed. {reason}";
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focused && _first.Context is not null)
        {
            _focused = true;
            await _first.FocusAsync();
        }
    }

    private string Id(string field) => $"{_id}-{field}";

    private string? ErrorOf(string field) => _violation?.Field == field ? _violation.Message : null;

    private string? Invalid(string field) => ErrorOf(field) is null ? null : "true";

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        (_violation, _failure) = (null, null);
        try
        {
            var caller = await User.CallerAsync();
            var result = Flow is null
                ? await Flows.CreateAsync(_draft.Id.Trim(), _draft.Settings, caller, CancellationToken.None)
                : await Flows.UpdateAsync(Flow.Id, _draft.Settings, caller, CancellationToken.None, _draft.Seen);
            if (result.Succeeded(out var saved, out var failure))
            {
                Dialog.Close(DialogResult.Ok(saved));
            }
            else if (failure.Field is "name" or "id" or "description" or "route" or "live" or "test")
            {
                _violation = failure;
            }
            else
            {
                _failure = failure.Message;
            }
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            _failure = $"Not saved. {reason} Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }
}
