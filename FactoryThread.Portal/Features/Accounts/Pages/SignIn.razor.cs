using FactoryThread.Portal.Features.Accounts.SingleSignOn;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

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

    [Inject]
    private IOptions<SingleSignOnOptions> SingleSignOnOptions { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "sign-in")]
    private Credentials? Input { get; set; }

    [SupplyParameterFromForm(FormName = "passkey")]
    private string? Credential { get; set; }

    [SupplyParameterFromQuery]
    private string? ReturnUrl { get; set; }

    [SupplyParameterFromQuery(Name = SingleSignOn.SingleSignOn.ProblemParameter)]
    private string? Problem { get; set; }

    private string SingleSignOnAddress => QueryHelpers.AddQueryString(SingleSignOn.SingleSignOn.Path, "returnUrl", SignInSession.LocalPath(ReturnUrl));

    protected override void OnInitialized()
    {
        Input ??= new Credentials();
        _error = SingleSignOn.SingleSignOn.Explain(Problem, SingleSignOnOptions.Value);
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

        var path = SignInSession.LocalPath(ReturnUrl);
        Navigation.NavigateTo(result.Value == SignInStep.Code ? EnterCode.After(path) : path);
    }

    private async Task UsePasskeyAsync()
    {
        _error = (await Accounts.SignInWithPasskeyAsync(Credential, Http.RequestAborted)).Failure?.Message;
        if (_error is null)
        {
            Navigation.NavigateTo(SignInSession.LocalPath(ReturnUrl));
        }
    }

    /// <summary>What the form sends.</summary>
    private sealed class Credentials
    {
        public string? Email { get; set; }

        public string? Password { get; set; }
    }
}
