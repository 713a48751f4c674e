using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>Which headers of a custom endpoint reach the target, and which of its answer reach the caller.</summary>
internal static class ForwardedHeaders
{
    /// <summary>They belong to one connection (RFC 9110, section 7.6.1), as do those that <c>Connection</c> names.</summary>
    private static readonly FrozenSet<string> HopByHop = Set(
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade");

    /// <summary>Credentials for this portal, what HTTP itself sets, and what a target might believe although the caller wrote it.</summary>
    private static readonly FrozenSet<string> NotForTargets = Set(
        "Authorization", "Cookie", "Cookie2", "Content-Length", "Expect", "Forwarded", "Host", "HTTP2-Settings", "Referer", "X-Execution-Id", "X-Forwarded-For",
        "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Uri", "X-Original-URI", "X-Original-URL", "X-Real-IP",
        "X-Rewrite-URL");

    /// <summary>What a browser would apply to the whole origin, which is the portal's.</summary>
    private static readonly FrozenSet<string> NotForCallers = Set(
        "Accept-CH", "Alt-Svc", "Clear-Site-Data", "Content-Length", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "Critical-CH", "Expect-CT",
        "NEL", "Origin-Agent-Cluster", "Public-Key-Pins", "Public-Key-Pins-Report-Only", "Referrer-Policy", "Report-To", "Reporting-Endpoints", "Server",
        "Service-Worker-Allowed", "Set-Cookie", "Set-Cookie2", "Set-Login", "Strict-Transport-Security", "X-Content-Type-Options", "X-Execution-Id",
        "X-Request-Id");

    /// <summary>Copies what the target may see; headers about the body go with the body.</summary>
    public static void ToTarget(IHeaderDictionary caller, HttpRequestMessage request)
    {
        foreach (var (name, values) in caller)
        {
            if (name.StartsWith(':') || HopByHop.Contains(name) || NotForTargets.Contains(name) || IsNamed(caller.Connection, name) || MayHoldKey(values))
            {
                continue;
            }

            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    /// <summary>Copies what the caller may see; what the gateway has already set stays.</summary>
    public static void ToCaller(HttpResponseMessage answer, IHeaderDictionary caller)
    {
        StringValues connection = answer.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToArray() : StringValues.Empty;
        Copy(answer.Headers.NonValidated);
        Copy(answer.Content.Headers.NonValidated);

        void Copy(HttpHeadersNonValidated headers)
        {
            foreach (var (name, values) in headers)
            {
                if (HopByHop.Contains(name) || NotForCallers.Contains(name) || IsNamed(connection, name) || caller.ContainsKey(name))
                {
                    continue;
                }

                var all = values.ToArray();
                if (Array.TrueForAll(all, IsPlain))
                {
                    caller[name] = all;
                }
            }
        }
    }

    private static bool IsNamed(StringValues connection, string name)
    {
        foreach (var value in connection)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // A key in a header of the caller's own making is still a key.
    private static bool MayHoldKey(StringValues values)
    {
        foreach (var value in values)
        {
            if (value is not null
                && (value.Contains("ft_live_", StringComparison.OrdinalIgnoreCase) || value.Contains("ft_test_", StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    // Kestrel sends ASCII only and would fail the whole answer for one odd header.
    private static bool IsPlain(string value) => !value.AsSpan().ContainsAnyExceptInRange('\u0020', '\u007E');

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
