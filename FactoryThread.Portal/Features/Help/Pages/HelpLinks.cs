using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Help.Pages;

/// <summary>Addresses of the help page, its sections and its downloads.</summary>
public static class HelpLinks
{
    public const string Page = PortalAddress.Help;

    public const string Postman = Page + "/factorythread.postman_collection.json";

    public const string Environment = Page + "/factorythread.env";

    /// <summary>The whole path: the base address of the pages would turn a bare fragment into a link to the start page.</summary>
    public static string Section(string id) => $"{Page}#{id}";
}
