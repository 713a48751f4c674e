using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Revokes a key and shows from which instant it is refused.</summary>
public sealed partial class RevokeKeyDialog
{
    private readonly string _id = $"revoke-{Guid.NewGuid():n}";
    private string _reason = "";
    private string _typed = "";
    private string? _failure;
    private bool _busy;
    private Revocation? _receipt;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    /// <summary>What will be hit, in numbers.</summary>
    [Parameter]
    [EditorRequired]
    public string Impact { get; set; } = "";

    /// <summary>The key's name must be typed first.</summary>
    [Parameter]
    public bool TypeName { get; set; }

    private bool MayRevoke => !_busy && (!TypeName || string.Equals(_typed.Trim(), Key.Name.Trim(), StringComparison.Ordinal));

    /// <summary>Returns when the dialog is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, ApiKeyDetails key, string impact, bool typeName)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };
        var shown = await dialogs.ShowAsync<RevokeKeyDialog>(
            $"Revoke {key.Name}", new DialogParameters<RevokeKeyDialog> { { x => x.Key, key }, { x => x.Impact, impact }, { x => x.TypeName, typeName } }, options);
        await shown.Result;
    }

    private string Clock(DateTimeOffset instant) => Time.ToLocal(instant).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private async Task RevokeAsync()
    {
        if (!MayRevoke)
        {
            return;
        }

        _busy = true;
        _failure = null;
        try
        {
            var revoked = await Keys.RevokeAsync(Key.Id, _reason, await User.CallerAsync(), CancellationToken.None);
            if (revoked.Succeeded(out var receipt, out var failure))
            {
                _receipt = receipt;
            }
            else
            {
                _failure = failure.Message;
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The key is not revoked: the portal cannot reach its database at the moment. Try again.";
        }
        finally
        {
            _busy = false;
        }
    }
}
