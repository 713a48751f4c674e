using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Platform;

/// <summary>The address under which callers reach this portal, without a slash at its end: the configured one, or the one just used.</summary>
public static class PortalAddress
{
    /// <summary>Where the help page lives; each error code is an anchor on it.</summary>
    public const string Help = "/help/api-keys";

    public static string Of(PortalOptions options, NavigationManager navigation) => options.PublicAddress ?? navigation.BaseUri.TrimEnd('/');

    public static string Of(PortalOptions options, HttpRequest request)
        => options.PublicAddress ?? (request.Host.HasValue ? $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}".TrimEnd('/') : "");
}
