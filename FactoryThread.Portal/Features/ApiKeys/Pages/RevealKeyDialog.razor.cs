using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Hands a new value to the person, once, and does not let it be closed by accident before it is copied or downloaded.</summary>
public sealed partial class RevealKeyDialog
{
    private readonly string _storedId = $"stored-{Guid.NewGuid():n}";
    private RevealPanel? _panel;
    private string _storedIn = "";
    private string? _error;
    private bool _saved;
    private bool _asking;
    private bool _busy;
    private bool _closing;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public OneTimeKey Value { get; set; } = null!;

    /// <summary>A flow that the key reaches, for the examples; null if there is none.</summary>
    [Parameter]
    public string? FlowId { get; set; }

    /// <summary>Shows the value and returns when the dialog is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, OneTimeKey value, string? flowId)
    {
        // A click outside and Esc ask first. MudBlazor hands over the click, but not the key: RevealPanel listens for it.
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = false, BackdropClick = true };
        var shown = await dialogs.ShowAsync<RevealKeyDialog>(
            "Save your API key", new DialogParameters<RevealKeyDialog> { { x => x.Value, value }, { x => x.FlowId, flowId } }, options);
        await shown.Result;
    }

    protected override void OnInitialized() => _storedIn = Value.Key.StoredIn ?? "";

    private async Task RequestCloseAsync()
    {
        if (await MayCloseAsync())
        {
            await CloseAsync();
        }
    }

    private async Task GuardNavigationAsync(LocationChangingContext context)
    {
        if (_closing || _saved)
        {
            return;
        }

        context.PreventNavigation();
        if (await MayCloseAsync() && await CloseAsync())
        {
            Navigation.NavigateTo(context.TargetLocation);
        }
    }

    private async Task<bool> MayCloseAsync()
    {
        if (_saved)
        {
            return true;
        }

        if (_asking)
        {
            return false;
        }

        _asking = true;
        var close = await ConfirmDialog.ShowAsync(Dialogs, new ConfirmRequest("Close without copying?", "Close anyway")
        {
            Body = "You have neither copied nor downloaded the key. It cannot be shown again; you would have to regenerate it.",
            CancelText = "Stay",
            Danger = true,
        });
        _asking = false;
        if (!close && _panel is not null)
        {
            await _panel.FocusCopyAsync();
        }

        return close;
    }

    private async Task<bool> CloseAsync()
    {
        if (_busy)
        {
            return false;
        }

        _busy = true;
        try
        {
            if (_storedIn.Trim() != (Value.Key.StoredIn ?? ""))
            {
                var noted = await Keys.NoteStorageAsync(Value.Key.Id, _storedIn, await User.CallerAsync(), CancellationToken.None);
                if (!noted.Succeeded(out _, out var failure))
                {
                    _error = failure.Message;
                    return false;
                }
            }

            _closing = true;
            if (_panel is not null)
            {
                await _panel.ForgetAsync();
            }

            Dialog.Close();
            return true;
        }
        finally
        {
            _busy = false;
        }
    }
}
