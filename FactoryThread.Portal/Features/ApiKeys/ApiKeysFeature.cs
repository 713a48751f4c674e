using FactoryThread.Portal.Features.ApiKeys.Http;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Store;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>Registration of keys and their management API.</summary>
public static class ApiKeysFeature
{
    public static void AddApiKeys(this IServiceCollection services)
    {
        services.AddSingleton<KeyTotals>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<ApiKeyService>();
        services.AddSingleton<KeyOwnership>();
        services.AddSingleton<KeyManagementApi>();
        services.AddOptions<KeyLimitDefaults>().BindConfiguration(KeyLimitDefaults.Section)
            .Validate(limits => limits.PerMinute > 0, $"{KeyLimitDefaults.Section}:PerMinute must be 1 to {int.MaxValue}.")
            .Validate(limits => limits.PerDay > 0, $"{KeyLimitDefaults.Section}:PerDay must be 1 to {int.MaxValue}.")
            .ValidateOnStart();
    }

    public static void MapApiKeys(this IEndpointRouteBuilder routes) => KeyManagementApi.Map(routes);
}
