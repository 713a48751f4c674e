using FactoryThread.Portal.Features.Help.Http;

namespace FactoryThread.Portal.Features.Help;

/// <summary>The guide to API keys, which every error answer links to, and its downloads.</summary>
public static class HelpFeature
{
    public static void MapHelp(this IEndpointRouteBuilder routes) => HelpDownloads.Map(routes);
}
