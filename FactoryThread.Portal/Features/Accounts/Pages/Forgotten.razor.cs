using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>Asks for a link by mail. The answer is the same whether or not anybody has the address.</summary>
public sealed partial class Forgotten
{
    private bool _sent;
    private string? _error;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private PasswordResetMails Mails { get; set; } = null!;

    [Inject]
    private SignInThrottle Throttle { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "forgotten")]
    private Person? Input { get; set; }

    protected override void OnInitialized() => Input ??= new Person();

    private void Request()
    {
        if (string.IsNullOrWhiteSpace(Input!.Email) || Input.Email.Length > NewUser.MaxEmailLength)
        {
            _error = "Enter the email address that you sign in with.";
            return;
        }

        var address = Http.Connection.RemoteIpAddress?.ToString();
        _sent = Throttle.Allows(address) && Mails.Request(Input.Email, address);
        _error = _sent ? null : "Too many attempts. Wait a minute, then try again.";

        // Somebody who tries many addresses is slowed as for guessed passwords.
        Throttle.CountFailure(address);
    }

    /// <summary>What the form sends.</summary>
    private sealed class Person
    {
        public string? Email { get; set; }
    }
}
