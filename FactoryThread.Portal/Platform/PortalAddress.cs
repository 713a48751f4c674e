using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Platform;

/// <summary>The address under which callers reach this portal, without a slash at its end: the configured one, or the one just used.</summary>
public static class PortalAddress
{
    /// <summary>Where the help page lives; each error code is an anchor on it.</summary>
    public const string Help = "/help/api-keys";

    public static string Of(PortalOptions options, NavigationManager navigation) => (Configured(options) ?? navigation.BaseUri).TrimEnd('/');

    public static string Of(PortalOptions options, HttpRequest request)
        => (Configured(options) ?? (request.Host.HasValue ? $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}" : "")).TrimEnd('/');

    private static string? Configured(PortalOptions options) => options.PublicAddress is { Length: > 0 } address ? address : null;
}
