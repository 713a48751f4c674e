namespace FactoryThread.Portal.Features.Usage;

/// <summary>Registration of the recorder, the reports and the exports.</summary>
public static class UsageFeature
{
    public static void AddUsage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<UsageRecorder>();
        services.AddSingleton<RequestLog>();
    }

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
    }
}
