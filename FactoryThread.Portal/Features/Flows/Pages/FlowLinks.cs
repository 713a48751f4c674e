using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>Addresses that the flow pages lead to or show.</summary>
internal static class FlowLinks
{
    public const string Flows = "/workspace/flows";
    public const string Executions = "/workspace/executions";
    public const string Connections = "/settings/connections";

    public static string Flow(string id) => $"{Flows}/{Uri.EscapeDataString(id)}";

    public static string ExecutionsOf(string flowId) => $"{Executions}?flow={Uri.EscapeDataString(flowId)}";

    public static string Key(string id) => $"/settings/api-keys/{Uri.EscapeDataString(id)}";

    /// <summary>The address under which callers reach this portal, without a slash at its end: the configured one, or the browser's.</summary>
    public static string Host(PortalOptions options, NavigationManager navigation) => PortalAddress.Of(options, navigation);

    public static string Endpoint(string host, string route) => $"{host}/api/{route}";

    /// <summary>A call to paste into a terminal; the key comes from the environment and never stands here.</summary>
    public static string Curl(string host, string flowId)
        => $$"""
            curl -X POST {{host}}/flows/{{flowId}}/execute \
              -H "Authorization: Bearer $FACTORYTHREAD_API_KEY" \
              -H "Content-Type: application/json" \
              -d '{"customerId": "C001"}'
            """.ReplaceLineEndings("\n");
}
