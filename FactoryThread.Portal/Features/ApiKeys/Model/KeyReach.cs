using System.Net;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>Whether settings allow a call, judged by what the log says of it: for the effect of a change before it is made.</summary>
public static class KeyReach
{
    private const string Validate = "POST /v1/keys/validate";
    private const string Self = "POST /v1/keys/self/regenerate";

    /// <summary>The change takes something away: by permission, flows or networks.</summary>
    public static bool Narrows(ApiKeySettings before, ApiKeySettings after)
        => (before.Permission, after.Permission) switch
        {
            (KeyPermission.FullAccess, not KeyPermission.FullAccess) => true,
            (KeyPermission.SpecificFlows, KeyPermission.SpecificFlows) => before.Flows.Except(after.Flows, StringComparer.Ordinal).Any(),
            (KeyPermission.SpecificFlows, KeyPermission.ReadOnly) or (KeyPermission.ReadOnly, KeyPermission.SpecificFlows) => true,
            _ => false,
        } || (after.Networks.Count > 0 && (before.Networks.Count == 0 || before.Networks.Except(after.Networks, StringComparer.Ordinal).Any()));

    /// <summary>A call that the log knows would be refused under these settings.</summary>
    /// <param name="route">Method and pattern of its route.</param>
    public static bool Refuses(ApiKeySettings settings, string? flowId, string route, string? address)
        => !AllowedFrom(settings, address) || settings.Permission switch
        {
            KeyPermission.FullAccess => false,
            KeyPermission.SpecificFlows => Manages(route) || (flowId is not null && !settings.Flows.Contains(flowId)),
            _ => !Views(route) && !(route == Validate && flowId is null) && route != Self,
        };

    private static bool Manages(string route) => route.Contains(" /v1/", StringComparison.Ordinal) && route is not (Validate or Self);

    private static bool Views(string route) => route.StartsWith("GET /flows", StringComparison.Ordinal) || route.StartsWith("GET /executions", StringComparison.Ordinal);

    private static bool AllowedFrom(ApiKeySettings settings, string? address)
        => settings.Networks.Count == 0
            || (IPAddress.TryParse(address, out var from) && settings.Networks.Any(n => ApiKeySettings.TryParseNetwork(n, out var network) && network.Contains(from)));
}
