using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Http;
using FactoryThread.Portal.Features.Flows.Model;

namespace FactoryThread.Portal.Features.Access.Http;

/// <summary>What a caller asked for that no flow has, as a sentence for the log: whoever looks there tells a typing error from a removed flow.</summary>
internal static class UnknownFlow
{
    /// <summary>Characters of a route that are kept.</summary>
    private const int MaxRoute = 120;

    /// <param name="flowId">As the caller wrote it; null if it named no flow.</param>
    public static string? Describe(string? flowId, HttpRequest request)
        => flowId is null ? null
            : request.Path.StartsWithSegments(Gateway.CustomPrefix) ? $"No flow has the custom endpoint {Gateway.CustomPrefix}/{Route(request)}."
            : !Flow.IsId(flowId) ? "The flow id asked for is one that no flow can have."
            : KeyPaste.LooksLikeKey(flowId) ? "The flow id asked for is an API key."
            : $"There is no flow {flowId}.";

    // Percent-encoded: the log is read in terminals and spreadsheets too.
    private static string Route(HttpRequest request)
    {
        var route = (string?)request.RouteValues["route"] ?? "";
        return KeyPaste.LooksLikeKey(route) ? "… (it contains an API key)"
            : Uri.EscapeDataString(route.Length > MaxRoute ? route[..MaxRoute] : route).Replace("%2F", "/", StringComparison.Ordinal);
    }
}
