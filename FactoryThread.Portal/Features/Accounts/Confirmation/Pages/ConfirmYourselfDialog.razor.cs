using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.Confirmation.Pages;

/// <summary>Asks the person in front of the page for a passkey, a code of their app or their password.</summary>
public sealed partial class ConfirmYourselfDialog
{
    private static readonly (Proof Proof, string Text)[] None = [];

    private readonly string _id = $"confirm-{Guid.NewGuid():n}";
    private ElementReference _field;
    private SecondFactorStatus? _status;
    private List<(Proof Proof, string Text)> _choices = [];
    private Proof _with;
    private string _proof = "";
    private string? _failure;
    private string? _fault;
    private bool _focus;
    private bool _busy;

    [Inject]
    private SecondFactorService SecondFactor { get; set; } = null!;

    [Inject]
    private ConfirmationService Confirmation { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>True if they proved it.</summary>
    public static async Task<bool> ShowAsync(IDialogService dialogs)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var shown = await dialogs.ShowAsync<ConfirmYourselfDialog>("Confirm that it is you", options);
        return await shown.Result is { Canceled: false };
    }

    protected override async Task OnInitializedAsync()
    {
        try
        {
            var status = await SecondFactor.StatusAsync(await User.CallerAsync(), CancellationToken.None);
            (_status, _fault) = (status.Value, status.Failure?.Message);
            if (_status is not null)
            {
                var passkeys = _status.Passkeys > 0 && await Script.InvokeAsync<bool>("portalPasskeys.supported");
                _choices =
                [
                    .. passkeys ? [(Proof.Passkey, "Passkey")] : None,
                    .. _status.On ? [(Proof.Code, "Authenticator app")] : None,
                    .. _status.HasPassword ? [(Proof.Password, "Password")] : None,
                ];
                Choose(_choices.FirstOrDefault().Proof);
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _fault = "The portal cannot reach its database at the moment, so you cannot confirm yourself. Try again.";
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focus && _with != Proof.Passkey && _field.Id is not null)
        {
            _focus = false;
            await _field.FocusAsync();
        }
    }

    private void Choose(Proof with) => (_with, _proof, _failure, _focus) = (with, "", null, true);

    private async Task ConfirmAsync()
    {
        if (_busy)
        {
            return;
        }

        (_busy, _failure) = (true, null);
        try
        {
            _failure = _with == Proof.Passkey
                ? await Script.InvokeAsync<string?>("portalPasskeys.confirm")
                : (await Confirmation.ConfirmAsync(_with, _proof, await User.CallerAsync(), CancellationToken.None)).Failure?.Message;
            _proof = "";
            if (_failure is null)
            {
                Dialog.Close(DialogResult.Ok(true));
                return;
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The portal cannot reach its database at the moment. Try again.";
        }

        _busy = false;
    }
}
