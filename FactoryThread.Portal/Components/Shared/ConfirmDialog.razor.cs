using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>Asks before something happens that is hard to take back; the focus starts on Cancel.</summary>
public sealed partial class ConfirmDialog
{
    private readonly string _fieldId = $"confirm-{Guid.NewGuid():n}";
    private string _typed = "";

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ConfirmRequest Request { get; set; } = null!;

    private bool MayConfirm => Request.TypeToConfirm is null || string.Equals(_typed.Trim(), Request.TypeToConfirm.Trim(), StringComparison.Ordinal);

    /// <summary>True if the person pressed the confirming button; false for Cancel, Esc or a click outside.</summary>
    public static async Task<bool> ShowAsync(IDialogService dialogs, ConfirmRequest request)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };
        var shown = await dialogs.ShowAsync<ConfirmDialog>(request.Title, new DialogParameters<ConfirmDialog> { { x => x.Request, request } }, options);
        return await shown.Result is { Canceled: false };
    }

    private void Cancel() => Dialog.Cancel();

    private void Confirm()
    {
        if (MayConfirm)
        {
            Dialog.Close(DialogResult.Ok(true));
        }
    }

    private void SubmitOnEnter(KeyboardEventArgs pressed)
    {
        if (pressed.Key == "Enter")
        {
            Confirm();
        }
    }
}
