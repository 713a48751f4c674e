using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>Registration of keys and their management API.</summary>
public static class ApiKeysFeature
{
    public static void AddApiKeys(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeyChanges>();
        services.AddSingleton<ApiKeyService>();
    }

    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
    }
}
