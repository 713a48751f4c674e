using FactoryThread.Portal.Features.Usage.Http;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.Extensions.Options;
namespace FactoryThread.Portal.Features.Usage;

/// <summary>Registration of the recorder, the reports and the exports.</summary>
public static class UsageFeature
{
    public static void AddUsage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<UsageOptions>().Bind(configuration.GetSection(UsageOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<UsageOptions>, ValidateUsageOptions>();
        services.AddSingleton<CredentialFailureCounter>();
        services.AddSingleton<UsageRecorder>();
        services.AddSingleton<UsageMover>();
        services.AddSingleton<UsageRetention>();
        services.AddSingleton<RequestLog>();
        services.AddSingleton<UsageReports>();
        services.AddSingleton<WorkspaceReports>();
        services.AddSingleton<CallLog>();
        services.AddSingleton<UsageExport>();

        // The web server is the last to start and the first to stop, so both hold for as long as there are requests.
        services.AddHostedService<UsageLifetime>();
        services.AddHostedService(provider => provider.GetRequiredService<UsageRetention>());
    }

    public static void MapUsage(this IEndpointRouteBuilder routes) => UsageEndpoints.Map(routes);
}
