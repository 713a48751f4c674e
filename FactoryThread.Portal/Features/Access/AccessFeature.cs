namespace FactoryThread.Portal.Features.Access;

/// <summary>Registration of the decision whether a request may pass, and its endpoints.</summary>
public static class AccessFeature
{
    /// <summary>Authorization policy of endpoints that a key opens; the endpoint carries a <see cref="KeyAccess"/>.</summary>
    public const string KeyPolicy = "ApiKey";

    public static void AddAccess(this IServiceCollection services, IConfiguration configuration) => services.AddSingleton<KeyGate>();

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
    }
}
