using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Platform;

/// <summary>
/// Holds back the log categories that print what callers send (addresses with queries, malformed request lines, hub messages), whatever level
/// the configuration asks for and for whichever provider.
/// </summary>
public sealed class QuietLogging : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly (string Category, LogLevel Level)[] Loud =
    [
        // None, not Warning: at any level it would also make an activity and a log scope for every request.
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None),
        ("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning),
        ("Microsoft.AspNetCore.HttpsPolicy.HttpsRedirectionMiddleware", LogLevel.Warning),
        ("Microsoft.AspNetCore.HttpLogging", LogLevel.None),
        ("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.Information),
        ("Microsoft.AspNetCore.Components.Server.Circuits.RemoteNavigationManager", LogLevel.Information),
    ];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // A rule that names a provider beats one that names a category, so each provider gets its own.
        var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList();
        foreach (var (category, level) in Loud)
        {
            foreach (var rule in options.Rules.Where(rule => rule.CategoryName?.StartsWith(category, StringComparison.OrdinalIgnoreCase) == true).ToList())
            {
                options.Rules.Remove(rule);
            }

            foreach (var provider in providers)
            {
                options.Rules.Add(new LoggerFilterRule(provider, category, level, filter: null));
            }
        }
    }
}
