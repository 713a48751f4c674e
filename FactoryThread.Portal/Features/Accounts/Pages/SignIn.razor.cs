using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>Email and password, then back to where the person was going.</summary>
public sealed partial class SignIn
{
    private string? _error;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "sign-in")]
    private Credentials? Input { get; set; }

    [SupplyParameterFromQuery]
    private string? ReturnUrl { get; set; }

    protected override void OnInitialized()
    {
        Input ??= new Credentials();
        if (HttpMethods.IsGet(Http.Request.Method) && Http.User.Identity?.IsAuthenticated == true)
        {
            Navigation.NavigateTo(SignInSession.LocalPath(ReturnUrl));
        }
    }

    private async Task SignInAsync()
    {
        if (string.IsNullOrWhiteSpace(Input!.Email) || string.IsNullOrEmpty(Input.Password))
        {
            _error = "Enter your email and your password.";
            return;
        }

        var result = await Accounts.SignInAsync(Input.Email, Input.Password, Http.RequestAborted);
        if (result.Failure is { } failure)
        {
            _error = failure.Message;
            Input.Password = "";
            return;
        }

        Navigation.NavigateTo(SignInSession.LocalPath(ReturnUrl));
    }

    /// <summary>What the form sends.</summary>
    private sealed class Credentials
    {
        public string? Email { get; set; }

        public string? Password { get; set; }
    }
}
