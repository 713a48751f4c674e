using Microsoft.AspNetCore.Http.Features;

namespace FactoryThread.Portal.Platform;

/// <summary>
/// Takes keys out of the request's query string before anything can print or repeat it. <c>Request.Query</c> still has the values;
/// <c>Request.QueryString</c>, the raw target and every address built from them do not.
/// </summary>
public static class QuerySecrets
{
    /// <summary>The parameter that carries a key.</summary>
    public const string Parameter = "api_key";

    public const string Replacement = "redacted";

    private static readonly string[] KeyPrefixes = ["ft_live_", "ft_test_"];

    public static void Redact(HttpContext context)
    {
        var request = context.Request;
        if (!request.QueryString.HasValue || Redact(request.QueryString.Value!) is not { } redacted)
        {
            return;
        }

        var query = request.Query;
        request.QueryString = new QueryString(redacted);
        context.Features.Set<IQueryFeature>(new QueryFeature(query));
        if (context.Features.Get<IHttpRequestFeature>() is { } feature
            && feature.RawTarget.IndexOf('?', StringComparison.Ordinal) is var start and >= 0)
        {
            feature.RawTarget = feature.RawTarget[..start] + redacted;
        }
    }

    /// <summary>The query string with each key replaced, in whichever parameter and escaping it comes; null if there is none.</summary>
    public static string? Redact(string queryString)
    {
        string[]? parts = null;
        var index = 0;
        foreach (var range in queryString.AsSpan(1).Split('&'))
        {
            var part = queryString.AsSpan(1)[range];
            if (IsSecret(part))
            {
                parts ??= queryString[1..].Split('&');
                var equals = part.IndexOf('=');
                parts[index] = IsParameter(part, equals) || (equals >= 0 && !IsSecret(part[..equals])) ? $"{part[..equals]}={Replacement}" : Replacement;
            }

            index++;
        }

        return parts is null ? null : "?" + string.Join('&', parts);
    }

    private static bool IsParameter(ReadOnlySpan<char> part, int equals)
        => equals >= 0 && Uri.UnescapeDataString(part[..equals]).Equals(Parameter, StringComparison.OrdinalIgnoreCase);

    // A key in the wrong parameter, or as a name without a value, is still a key.
    private static bool IsSecret(ReadOnlySpan<char> part)
    {
        if (IsParameter(part, part.IndexOf('=')))
        {
            return true;
        }

        var text = Uri.UnescapeDataString(part);
        return Array.Exists(KeyPrefixes, prefix => text.Contains(prefix, StringComparison.OrdinalIgnoreCase));
    }
}
