namespace FactoryThread.Portal.Features.Incidents.Model;

/// <summary>What secret scanners need to find keys of this product. The checksum is beyond them; <c>leaks scan</c> and the leaks page check it.</summary>
public static class SecretPatterns
{
    /// <summary>The secret itself.</summary>
    public const string Secret = "ft_(?:live|test)_[0-9A-Za-z]{40}";

    /// <summary>What may stand before it, for GitHub's "Before secret".</summary>
    public const string Before = @"\A|[^0-9A-Za-z_]";

    /// <summary>What may stand after it, for GitHub's "After secret".</summary>
    public const string After = @"\z|[^0-9A-Za-z]";

    /// <summary>A configuration file for gitleaks that adds one rule to its own.</summary>
    public const string Gitleaks = $"""
        title = "gitleaks with FactoryThread API keys"

        [extend]
        useDefault = true

        [[rules]]
        id = "factorythread-api-key"
        description = "FactoryThread API key: opens flows to whoever has it. Revoke it in the portal under Settings, Find leaked keys."
        regex = '''(?:^|[^0-9A-Za-z_])({Secret})(?:[^0-9A-Za-z]|$)'''
        secretGroup = 1
        entropy = 3.5
        keywords = ["ft_live_", "ft_test_"]

        """;
}
