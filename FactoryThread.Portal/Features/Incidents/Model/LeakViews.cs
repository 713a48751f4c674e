using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Incidents.Model;

/// <summary>A found value and the key it belongs to, as far as this installation and the caller know it.</summary>
/// <param name="Key">Null if no key of this installation has or had this value.</param>
public sealed record LeakMatch(FoundToken Found, LeakedKey? Key);

/// <summary>The key behind a leaked value.</summary>
/// <param name="Id">Null if the key is somebody else's: the caller may not see more of it.</param>
/// <param name="Works">Whoever has the value can use it now.</param>
public sealed record LeakedKey(string? Id, string? Name, KeyEnvironment Environment, KeyStatus Status, bool Replaced, bool Works);

/// <summary>A value that somebody reports as leaked.</summary>
/// <param name="Token">As the report has it; it goes no further than its hash.</param>
/// <param name="Type">What the reporter calls this kind of secret.</param>
/// <param name="Url">Where it was found; may be empty.</param>
/// <param name="Place">In what it was found, such as <c>content</c> or <c>commit</c>.</param>
public sealed record ReportedToken(string Token, string Type, string? Url, string? Place)
{
    /// <summary>Without the value, whatever prints it.</summary>
    public override string ToString() => $"ReportedToken {Type}";
}

/// <summary>The answer to a reported value, in the order of the report.</summary>
/// <param name="TokenHash">SHA-256 of the value in lower-case hexadecimal: the value itself is not repeated.</param>
/// <param name="IsKey">The value is or was a key of this installation.</param>
public sealed record LeakVerdict(string TokenHash, string Type, bool IsKey);
