using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>The signed-in person's own password.</summary>
public sealed partial class Account
{
    private string? _failure;
    private bool _changed;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "change-password")]
    private Passwords? Input { get; set; }

    protected override void OnInitialized() => Input ??= new Passwords();

    private async Task ChangeAsync()
    {
        if (string.IsNullOrEmpty(Input!.Current) || string.IsNullOrEmpty(Input.Wanted))
        {
            _failure = "Enter your current password and a new one.";
            return;
        }

        if (Input.Wanted != Input.Repeat)
        {
            _failure = "The two new passwords differ. Enter them again.";
            return;
        }

        if (await Users.FindCallerAsync(Http.User, Http.RequestAborted) is not { UserId: { } userId } caller)
        {
            _failure = "You are no longer signed in. Sign in again.";
            return;
        }

        var result = await Users.ChangePasswordAsync(Input.Current, Input.Wanted, caller, Http.RequestAborted);
        _failure = result.Failure?.Message;
        if (_failure is null)
        {
            _changed = true;
            await Accounts.RefreshAsync(userId);
        }

        Input = new Passwords();
    }

    /// <summary>What the form sends.</summary>
    private sealed class Passwords
    {
        public string? Current { get; set; }

        public string? Wanted { get; set; }

        public string? Repeat { get; set; }
    }
}
