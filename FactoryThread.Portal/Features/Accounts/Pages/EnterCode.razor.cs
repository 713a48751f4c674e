using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>The second step of signing in: a code of the authenticator app, or a recovery code.</summary>
public sealed partial class EnterCode
{
    public const string Path = "/account/code";

    private string? _error;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "enter-code")]
    private Answer? Input { get; set; }

    [SupplyParameterFromQuery]
    private string? ReturnUrl { get; set; }

    /// <summary>The page's address for somebody on the way to a local path.</summary>
    public static string After(string path) => QueryHelpers.AddQueryString(Path, "returnUrl", path);

    protected override void OnInitialized() => Input ??= new Answer();

    private async Task VerifyAsync()
    {
        var verified = await Accounts.VerifyCodeAsync(Input!.Code, Http.RequestAborted);
        Input.Code = "";
        if (verified.Failure is { } failure)
        {
            _error = failure.Message;
            return;
        }

        Navigation.NavigateTo(SignInSession.LocalPath(ReturnUrl));
    }

    /// <summary>What the form sends.</summary>
    private sealed class Answer
    {
        public string? Code { get; set; }
    }
}
