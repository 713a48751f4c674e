using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows.Http;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>Registration of flows, connections and the gateway.</summary>
public static class FlowsFeature
{
    public static void AddFlows(this IServiceCollection services)
    {
        services.AddSingleton<FlowCatalog>();
        services.AddSingleton<FlowService>();
        services.AddSingleton<ConnectionSecrets>();
        services.AddSingleton<ConnectionService>();
    }

    /// <summary>The gateway and what the screens need, for the server.</summary>
    public static void AddFlowsWeb(this IServiceCollection services)
    {
        services.AddOptions<FlowsOptions>().BindConfiguration(FlowsOptions.Section)
            .Validate(
                flows => flows.Timeout >= TimeSpan.FromMilliseconds(100) && flows.Timeout <= FlowsOptions.MaxTimeout,
                $"{FlowsOptions.Section}:Timeout must be 00:00:00.1 to {FlowsOptions.MaxTimeout:c}.")
            .ValidateOnStart();
        TargetClient.Register(services);
        services.AddSingleton<ExecutionHistory>();
        services.AddSingleton<Gateway>();
        services.AddSingleton<FlowViewApi>();
        services.AddSingleton<FlowManagementApi>();
        services.AddSingleton<ConnectionApi>();
    }

    public static void MapFlows(this IEndpointRouteBuilder routes)
    {
        routes.MapGateway();
        FlowViewApi.Map(routes);
        FlowManagementApi.Map(routes);
        ConnectionApi.Map(routes);
    }

    /// <summary>Puts the sample flows into an empty catalogue.</summary>
    public static async Task SeedFlowsAsync(this IServiceProvider services)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync();
        await SampleFlows.AddAsync(db, services.GetRequiredService<AuditLog>(), services.GetRequiredService<TimeProvider>().GetUtcNow());
        services.GetRequiredService<FlowCatalog>().Invalidate();
    }
}
