namespace FactoryThread.Portal.Features.Flows;

/// <summary>Registration of flows, connections and the gateway.</summary>
public static class FlowsFeature
{
    public static void AddFlows(this IServiceCollection services) => services.AddSingleton<FlowCatalog>();

    public static void MapFlows(this IEndpointRouteBuilder routes)
    {
    }

    /// <summary>Puts the sample flows into an empty catalogue.</summary>
    public static Task SeedFlowsAsync(this IServiceProvider services) => Task.CompletedTask;
}
