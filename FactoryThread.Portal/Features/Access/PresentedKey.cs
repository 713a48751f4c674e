using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.Extensions.Primitives;

namespace FactoryThread.Portal.Features.Access;

/// <summary>What a request brought as its key: the hash of a well-formed value, or the reason why there is none. Never the value.</summary>
public readonly record struct PresentedKey(KeyHash Hash, bool InUrl, VerdictCode? Fault)
{
    /// <summary>Name of the query parameter that may carry a key.</summary>
    public const string QueryParameter = "api_key";

    private const string Scheme = "Bearer";

    /// <summary>Reads <c>Authorization: Bearer …</c> (RFC 6750, section 2.1; the scheme in any case) or <c>?api_key=…</c>.</summary>
    public static PresentedKey Of(HttpRequest request)
    {
        var headers = request.Headers.Authorization;
        var query = request.QueryString.HasValue ? request.Query[QueryParameter] : StringValues.Empty;
        return (headers.Count, query.Count) switch
        {
            (0, 0) => Faulty(VerdictCode.MissingKey, inUrl: false),
            (1, 0) => OfHeader(headers[0]),
            (0, 1) => OfValue(query[0], inUrl: true),
            _ => Faulty(VerdictCode.AmbiguousKey, query.Count > 0),
        };
    }

    public static PresentedKey OfHeader(ReadOnlySpan<char> header)
    {
        if (header.IsWhiteSpace())
        {
            return Faulty(VerdictCode.MissingKey, inUrl: false);
        }

        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || (header.Length > Scheme.Length && header[Scheme.Length] != ' '))
        {
            return Faulty(VerdictCode.WrongHeaderFormat, inUrl: false);
        }

        var value = header[Scheme.Length..].Trim(' ');
        return value.IsEmpty ? Faulty(VerdictCode.WrongHeaderFormat, inUrl: false) : OfValue(value, inUrl: false);
    }

    /// <summary>An empty value counts as missing.</summary>
    public static PresentedKey OfValue(ReadOnlySpan<char> value, bool inUrl)
        => value.IsEmpty ? Faulty(VerdictCode.MissingKey, inUrl)
            : ApiKeyToken.TryHash(value, out var hash) ? new PresentedKey(hash, inUrl, null)
            : Faulty(VerdictCode.MalformedKey, inUrl);

    private static PresentedKey Faulty(VerdictCode fault, bool inUrl) => new(default, inUrl, fault);
}
