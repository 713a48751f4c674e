using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.Confirmation.Pages;

/// <summary>Asks the person in front of the page for their password or a code of their app.</summary>
public sealed partial class ConfirmYourselfDialog
{
    private static readonly (Proof Proof, string Text)[] Choices = [(Proof.Code, "Authenticator app"), (Proof.Password, "Password")];

    private readonly string _id = $"confirm-{Guid.NewGuid():n}";
    private ElementReference _field;
    private SecondFactorStatus? _status;
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
            Choose(_status is { On: true } ? Proof.Code : Proof.Password);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _fault = "The portal cannot reach its database at the moment, so you cannot confirm yourself. Try again.";
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_focus && _field.Id is not null)
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
            var confirmed = await Confirmation.ConfirmAsync(_with, _proof, await User.CallerAsync(), CancellationToken.None);
            _proof = "";
            if (confirmed.Failure is null)
            {
                Dialog.Close(DialogResult.Ok(true));
                return;
            }

            _failure = confirmed.Failure.Message;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The portal cannot reach its database at the moment. Try again.";
        }

        _busy = false;
    }
}
