using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>What is asked before a key loses a part of what it may do.</summary>
public static class NarrowingQuestion
{
    /// <param name="impact">How the key is used now.</param>
    public static ConfirmRequest For(ApiKeyDetails key, string impact, NarrowingEffect effect, string change) => new($"Narrow {key.Name}?", "Narrow key")
    {
        Body = $"{impact} {change} {effect.Sentence()}",
        Danger = !effect.Harmless,
    };
}
