using FactoryThread.Portal.Features.Access;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>The caller's query as a flow may see it: without the key.</summary>
internal static class ForwardedQuery
{
    /// <summary>The query as it was sent, without a question mark and without every spelling of <c>api_key</c>.</summary>
    public static string WithoutKey(QueryString query)
        => query.Value is { Length: > 1 } text
            ? string.Join('&', text[1..].Split('&').Where(pair => !IsKey(Uri.UnescapeDataString(pair.Split('=')[0].Replace('+', ' ')))))
            : "";

    /// <summary>Names and values; a name that occurs more than once has its values with commas between.</summary>
    public static Dictionary<string, string> Values(IQueryCollection query)
        => query.Where(pair => !IsKey(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);

    private static bool IsKey(string name) => name.Equals(PresentedKey.QueryParameter, StringComparison.OrdinalIgnoreCase);
}
