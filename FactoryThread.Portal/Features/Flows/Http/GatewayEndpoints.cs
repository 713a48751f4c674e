using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>Where the gateway answers.</summary>
internal static class GatewayEndpoints
{
    /// <summary>No cookie, authorization or antiforgery on these routes: the gateway asks for a key itself.</summary>
    public static void MapGateway(this IEndpointRouteBuilder routes)
    {
        var gateway = routes.ServiceProvider.GetRequiredService<Gateway>();
        var access = new KeyAccess(KeyAction.Execute);
        routes.Map(Gateway.ExecutePattern, ErrorAnswers.Guard(gateway.ExecuteAsync)).AllowAnonymous().WithMetadata(access).ShortCircuit();
        routes.Map(Gateway.CustomPattern, ErrorAnswers.Guard(gateway.CustomAsync)).AllowAnonymous().WithMetadata(access).ShortCircuit();
    }
}
