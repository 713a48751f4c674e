using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit;
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

    public static void MapFlows(this IEndpointRouteBuilder routes)
    {
    }

    /// <summary>Puts the sample flows into an empty catalogue.</summary>
    public static async Task SeedFlowsAsync(this IServiceProvider services)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync();
        await SampleFlows.AddAsync(db, services.GetRequiredService<AuditLog>(), services.GetRequiredService<TimeProvider>().GetUtcNow());
        services.GetRequiredService<FlowCatalog>().Invalidate();
    }
}
