using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Help.Pages;

/// <summary>The guide to API keys, with examples for this installation.</summary>
public sealed partial class HelpPage
{
    private static readonly (string Id, string Title)[] Contents =
    [
        ("what", "What an API key is"),
        ("format", "Format"),
        ("using-keys", "Using keys"),
        ("examples", "Examples"),
        ("downloads", "Postman and .env"),
        ("permissions", "Permissions"),
        ("managing", "Create, regenerate, revoke, delete"),
        ("rotation", "Rotation"),
        ("naming", "Naming"),
        ("best-practices", "Best practices"),
        ("monitoring", "Usage and alerts"),
        ("troubleshooting", "Troubleshooting"),
        ("status-401", "401: authentication failed"),
        ("status-403", "403: permission denied"),
        ("status-429", "429: rate limited"),
        ("status-other", "Other answers"),
        ("incidents", "When a key leaks"),
        ("secret-scanning", "Secret scanning"),
    ];

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IOptions<PortalOptions> Options { get; set; } = null!;

    private string Address => PortalAddress.Of(Options.Value, Navigation);
}
