using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Components;

/// <summary>Sends who is signed out to the sign-in page, which leads back here afterwards.</summary>
public sealed class RedirectToSignIn : ComponentBase
{
    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    protected override void OnInitialized()
    {
        var here = "/" + Navigation.ToBaseRelativePath(Navigation.Uri);
        Navigation.NavigateTo($"/account/sign-in?returnUrl={Uri.EscapeDataString(here)}", forceLoad: true);
    }
}
