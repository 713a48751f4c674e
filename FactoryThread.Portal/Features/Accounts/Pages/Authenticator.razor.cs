using System.Security.Claims;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;
using QRCoder;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>The signed-in person's own authenticator app and recovery codes.</summary>
public sealed partial class Authenticator
{
    public const string Path = "/account/authenticator";

    private string? _failure;
    private bool _held;
    private bool _provedLately;
    private SecondFactorStatus? _status;
    private AuthenticatorSetup? _setup;
    private string? _picture;
    private IReadOnlyList<string>? _codes;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private SecondFactorService SecondFactor { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromForm]
    private string? Code { get; set; }

    [SupplyParameterFromForm]
    private string? Change { get; set; }

    private string? SessionId => Http.User.FindFirstValue(SessionService.ClaimType);

    protected override async Task OnInitializedAsync()
    {
        // The key and the codes are secrets.
        Http.Response.Headers.CacheControl = "no-store";
        var caller = await CallerAsync();
        (_held, _provedLately) = (caller.HeldUserId is not null, caller.ProvedLately);
        await LoadAsync(caller);
    }

    private async Task<Caller> CallerAsync() => await Users.FindCallerAsync(Http.User, Http.RequestAborted) ?? Caller.Nobody;

    private async Task LoadAsync(Caller caller)
    {
        var status = await SecondFactor.StatusAsync(caller, Http.RequestAborted);
        (_status, _failure) = (status.Value, status.Failure?.Message);
        if (_status is not { On: false } || !_provedLately)
        {
            return;
        }

        var begun = await SecondFactor.BeginAsync(caller, Http.RequestAborted);
        (_setup, _failure) = (begun.Value, begun.Failure?.Message);
        if (_setup is not null)
        {
            using var generator = new QRCodeGenerator();
            using var code = generator.CreateQrCode(_setup.Address, QRCodeGenerator.ECCLevel.M);
            _picture = new SvgQRCode(code).GetGraphic(4, "#000000", "#ffffff", drawQuietZones: false, SvgQRCode.SizingMode.ViewBoxAttribute);
        }
    }

    private async Task TurnOnAsync()
    {
        var caller = await CallerAsync();
        var on = await SecondFactor.TurnOnAsync(Code, caller, SessionId, Http.RequestAborted);
        (_codes, _failure) = (on.Value, on.Failure?.Message);
        if (_codes is not null)
        {
            await Accounts.RefreshAsync(caller.PersonId!);
        }
    }

    private async Task ChangeAsync()
    {
        var caller = await CallerAsync();
        if (Change == "off")
        {
            var off = await SecondFactor.TurnOffAsync(Code, caller, SessionId, Http.RequestAborted);
            _failure = off.Failure?.Message;
            if (_failure is null)
            {
                await Accounts.RefreshAsync(caller.PersonId!);
                Navigation.NavigateTo("/account");
            }

            return;
        }

        var renewed = await SecondFactor.RenewCodesAsync(Code, caller, Http.RequestAborted);
        (_codes, _failure) = (renewed.Value, renewed.Failure?.Message);
    }
}
