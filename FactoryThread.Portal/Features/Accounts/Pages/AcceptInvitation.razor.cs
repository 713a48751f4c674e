using FactoryThread.Portal.Features.Accounts.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>Whoever holds an invitation's link chooses a password and is signed in.</summary>
public sealed partial class AcceptInvitation
{
    private InvitationView? _invitation;
    private string? _failure;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private InvitationService Invitations { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "accept-invitation")]
    private NewPassword? Input { get; set; }

    [SupplyParameterFromQuery]
    private string? Token { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new NewPassword();
        var found = await Invitations.FindAsync(Token, Http.RequestAborted);
        (_invitation, _failure) = (found.Value, found.Failure?.Message);
        if (_invitation is null)
        {
            // Not 404: for that the framework sends no page, but what nobody wrote.
            Http.Response.StatusCode = StatusCodes.Status410Gone;
        }
    }

    private async Task AcceptAsync()
    {
        if (_invitation is null)
        {
            return;
        }

        if (string.IsNullOrEmpty(Input!.Password) || Input.Password != Input.Repeat)
        {
            _failure = string.IsNullOrEmpty(Input.Password) ? "Enter a password." : "The two passwords differ. Enter them again.";
            return;
        }

        var accepted = await Invitations.AcceptAsync(Token, Input.Password, Http.Connection.RemoteIpAddress?.ToString(), Http.RequestAborted);
        if (!accepted.Succeeded(out var user, out var failure))
        {
            _failure = failure.Message;
            return;
        }

        await Accounts.SignInNewAsync(user.Id, Http.RequestAborted);
        Navigation.NavigateTo("/");
    }

    /// <summary>What the form sends.</summary>
    private sealed class NewPassword
    {
        public string? Password { get; set; }

        public string? Repeat { get; set; }
    }
}
