using FactoryThread.Portal.Features.Accounts.SingleSignOn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>Whoever comes back from the identity provider is signed in, or told why not.</summary>
public sealed partial class SingleSignOnDone
{
    private string? _failure;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private SingleSignOnService SingleSignOn { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery]
    private string? ReturnUrl { get; set; }

    protected override async Task OnInitializedAsync()
    {
        var external = await Http.AuthenticateAsync(IdentityConstants.ExternalScheme);
        if (!external.Succeeded)
        {
            // Somebody came by a link or went back; there is nothing to finish.
            Navigation.NavigateTo(SignInSession.SignInPath);
            return;
        }

        // It has served its purpose, whatever comes of it.
        await Http.SignOutAsync(IdentityConstants.ExternalScheme);
        var admitted = await SingleSignOn.AdmitAsync(external.Principal, Http.Connection.RemoteIpAddress?.ToString(), Http.RequestAborted);
        if (!admitted.Succeeded(out var userId, out var failure))
        {
            Http.Response.StatusCode = StatusCodes.Status403Forbidden;
            _failure = failure.Message;
            return;
        }

        var severalFactors = external.Principal.HasClaim("amr", "mfa");
        var step = await Accounts.SignInFromProviderAsync(userId, severalFactors, Http.RequestAborted);
        var path = SignInSession.LocalPath(ReturnUrl);
        Navigation.NavigateTo(step == SignInStep.Code ? EnterCode.After(path) : path);
    }
}
