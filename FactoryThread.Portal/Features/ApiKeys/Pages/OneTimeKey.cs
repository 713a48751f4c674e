using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>
/// Carries a new value from the service to the browser. It can be taken once and is empty from then on, so that neither the dialog, its
/// parameters nor its result keep the value in the circuit.
/// </summary>
public sealed class OneTimeKey(RevealedKey revealed)
{
    private ApiKeyToken? _token = revealed.Token;

    public ApiKeyDetails Key { get; } = revealed.Key;

    /// <summary>The value is no longer here.</summary>
    public bool IsEmpty => _token is null;

    /// <summary>The plaintext, the first time; null afterwards.</summary>
    public string? Take()
    {
        var text = _token?.Reveal();
        _token = null;
        return text;
    }
}
