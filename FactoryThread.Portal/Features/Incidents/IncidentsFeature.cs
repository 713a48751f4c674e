using FactoryThread.Portal.Features.Incidents.Http;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Incidents;

/// <summary>Registration of the search for leaked keys, leak reports and incidents.</summary>
public static class IncidentsFeature
{
    /// <summary>The search, without web server.</summary>
    public static void AddIncidents(this IServiceCollection services)
    {
        services.AddOptions<LeakOptions>().BindConfiguration(LeakOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LeakOptions>, ValidateLeakOptions>();
        services.AddSingleton<LeakService>();
    }

    public static void AddIncidentsWeb(this IServiceCollection services)
    {
        services.AddSingleton<IncidentService>();
        services.AddSingleton<GitHubLeakEndpoint>();
        GitHubKeys.Register(services);
    }

    public static void MapIncidents(this IEndpointRouteBuilder routes)
    {
        IncidentEndpoints.Map(routes);

        // Short-circuited: the middleware behind routing (cookies, antiforgery, …) is not for programs.
        var reports = routes.ServiceProvider.GetRequiredService<GitHubLeakEndpoint>();
        routes.MapPost(GitHubLeakEndpoint.Path, ErrorAnswers.Guard(reports.InvokeAsync)).AllowAnonymous().ShortCircuit();
    }
}
