using FactoryThread.Portal.Features.Accounts.PasswordReset;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>Whoever holds a link of <see cref="PasswordResetService"/> chooses a new password, and signs in with it as always.</summary>
public sealed partial class NewPassword
{
    private string? _email;
    private string? _failure;
    private bool _done;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private PasswordResetService Resets { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "new-password")]
    private Chosen? Input { get; set; }

    [SupplyParameterFromQuery]
    private string? User { get; set; }

    [SupplyParameterFromQuery]
    private string? Token { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new Chosen();
        var found = await Resets.FindAsync(User, Token);
        (_email, _failure) = (found.Value, found.Failure?.Message);
        if (_email is null)
        {
            // Not 404: for that the framework sends no page, but what nobody wrote.
            Http.Response.StatusCode = StatusCodes.Status410Gone;
        }
    }

    private async Task ResetAsync()
    {
        if (_email is null)
        {
            return;
        }

        if (string.IsNullOrEmpty(Input!.Password) || Input.Password != Input.Repeat)
        {
            _failure = string.IsNullOrEmpty(Input.Password) ? "Enter a password." : "The two passwords differ. Enter them again.";
            return;
        }

        _failure = (await Resets.ResetAsync(User, Token, Input.Password, Http.Connection.RemoteIpAddress?.ToString(), Http.RequestAborted)).Failure?.Message;
        _done = _failure is null;
    }

    /// <summary>What the form sends.</summary>
    private sealed class Chosen
    {
        public string? Password { get; set; }

        public string? Repeat { get; set; }
    }
}
