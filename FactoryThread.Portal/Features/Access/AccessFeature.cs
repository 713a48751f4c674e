using FactoryThread.Portal.Features.Access.Http;
using Microsoft.AspNetCore.Authentication;

namespace FactoryThread.Portal.Features.Access;

/// <summary>Registration of the decision whether a request may pass, and its endpoints.</summary>
public static class AccessFeature
{
    /// <summary>Authorization policy of endpoints that a key opens; set through <see cref="KeyEndpoints.RequireKey"/>.</summary>
    public const string KeyPolicy = "ApiKey";

    public static void AddAccess(this IServiceCollection services)
    {
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section)
            .Validate(o => o.FailuresPerMinute is >= 1 and <= 1_000_000, $"{AccessOptions.Section}:FailuresPerMinute must be 1 to 1000000.")
            .Validate(o => o.CacheCapacity is >= 100 and <= 10_000_000, $"{AccessOptions.Section}:CacheCapacity must be 100 to 10000000.")
            .ValidateOnStart();
        services.AddSingleton<SteadyClock>();
        services.AddSingleton<KeyCache>();
        services.AddSingleton<KeyLimits>();
        services.AddSingleton<AddressFailures>();
        services.AddSingleton<ApiKeyVerifier>();
        services.AddSingleton<KeyGate>();
        services.AddSingleton<ValidateEndpoint>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ApiKeyAuthenticationHandler>(ApiKeyAuthenticationHandler.SchemeName, null);
        services.AddAuthorizationBuilder().AddPolicy(KeyPolicy, policy => policy
            .AddAuthenticationSchemes(ApiKeyAuthenticationHandler.SchemeName)
            .RequireAuthenticatedUser());
    }

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        // Short-circuited: the middleware behind routing (cookies, antiforgery, …) is not for programs.
        var validate = routes.ServiceProvider.GetRequiredService<ValidateEndpoint>();
        routes.MapPost(ValidateEndpoint.Path, validate.InvokeAsync).AllowAnonymous().ShortCircuit();
    }
}
