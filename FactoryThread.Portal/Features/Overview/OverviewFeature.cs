namespace FactoryThread.Portal.Features.Overview;

/// <summary>Registration of the landing page's data.</summary>
public static class OverviewFeature
{
    public static void AddOverview(this IServiceCollection services) => services.AddSingleton<OverviewService>();
}
