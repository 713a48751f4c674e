using System.Text;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Flows.Model;

/// <summary>Which settings flows and connections may have. A violation is the field in the spelling of the HTTP API, and what to do about it.</summary>
public static partial class FlowRules
{
    public const int MaxHeaders = 20;
    public const int MaxHeaderNameLength = 100;
    public const int MaxHeaderValueLength = 4000;

    /// <summary>What the gateway or HTTP itself sets; a connection may not.</summary>
    private static readonly HashSet<string> ReservedHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Expect", "Host", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "X-Execution-Id",
    };

    /// <summary>Settings as they are stored.</summary>
    public static FlowSettings Normalize(FlowSettings settings) => settings with
    {
        Name = (settings.Name ?? "").Trim().Normalize(NormalizationForm.FormC),
        Description = string.IsNullOrWhiteSpace(settings.Description) ? null : settings.Description.Trim(),
        Route = string.IsNullOrWhiteSpace(settings.Route) ? null : settings.Route.Trim(),
        Live = Normalize(settings.Live),
        Test = Normalize(settings.Test),
    };

    /// <summary>The first rule that the settings break, or null. Whether a route is free and a connection exists is not decided here.</summary>
    public static (string Field, string Message)? Check(FlowSettings settings)
    {
        if (CheckName(settings.Name, Flow.MaxNameLength, "Order sync") is { } name)
        {
            return name;
        }

        if (settings.Description is { } text && (text.Length > Flow.MaxDescriptionLength || text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))))
        {
            return ("description", $"A description has up to {Flow.MaxDescriptionLength} characters.");
        }

        if (settings.Route is { } route && (route.Length > Flow.MaxRouteLength || !RoutePattern().IsMatch(route)))
        {
            return ("route", "A route is lower-case letters, digits, hyphens, dots and underscores, in parts separated by slashes, without a leading slash: orders or erp/orders.");
        }

        return CheckTarget(settings.Live, "live") ?? CheckTarget(settings.Test, "test");
    }

    /// <summary>The first rule that a connection's name or base address breaks, or null.</summary>
    public static (string Field, string Message)? CheckConnection(string name, string baseAddress)
    {
        if (CheckName(name, Connection.MaxNameLength, "ERP") is { } violation)
        {
            return violation;
        }

        return FlowTarget.TryParseAddress(baseAddress, out var address) && address.Query.Length == 0
            ? null
            : ("baseAddress", "A base address is http:// or https://, a host and perhaps a path, such as https://erp.example.com/api; user name and password go into a header.");
    }

    /// <summary>The first rule that a header breaks, or null.</summary>
    /// <param name="value">Null where the stored value is kept.</param>
    public static (string Field, string Message)? CheckHeader(string name, string? value)
    {
        if (name.Length > MaxHeaderNameLength || !HeaderNamePattern().IsMatch(name))
        {
            return ("headers", $"'{Shorten(name)}' is not a header name; write letters, digits and hyphens, such as X-Api-Key.");
        }

        if (ReservedHeaders.Contains(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
        {
            return ("headers", $"The header {name} is set by the gateway itself.");
        }

        return value is null || (value.Length is > 0 and <= MaxHeaderValueLength && !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && value.Trim().Length == value.Length)
            ? null
            : ("headers", $"The value of {name} must be 1 to {MaxHeaderValueLength} plain characters (ASCII) in one line, without spaces around it.");
    }

    private static (string Field, string Message)? CheckName(string name, int maximum, string example)
        => name.Length == 0 ? ("name", $"Give it a name, such as {example}.")
            : name.Length > maximum || name.Any(char.IsControl) ? ("name", $"A name has up to {maximum} characters and no line breaks.")
            : null;

    private static (string Field, string Message)? CheckTarget(FlowTarget target, string field)
    {
        if (target.IsEcho)
        {
            return null;
        }

        if (KeyPaste.LooksLikeKey(target.Address))
        {
            return (field, "This address contains an API key, which would be stored and recorded readable. Put it into a header of a connection.");
        }

        if (target.ConnectionId is null)
        {
            return FlowTarget.TryParseAddress(target.Address, out _)
                ? null
                : (field, "A target is echo, or an address with http:// or https:// and no user name or password in it, such as https://erp.example.com/orders.");
        }

        // Whatever the base address is, the path may not leave it.
        return FlowTarget.TryCombine("http://base/folder", target.Address, out _)
            ? null
            : (field, "With a connection, the address is a path below its base address, such as orders/import.");
    }

    private static FlowTarget Normalize(FlowTarget? target)
    {
        var address = string.IsNullOrWhiteSpace(target?.Address) ? null : target.Address.Trim();
        var connection = string.IsNullOrWhiteSpace(target?.ConnectionId) ? null : target.ConnectionId.Trim();
        return address is null && connection is null ? FlowTarget.Echo : new FlowTarget(address, connection);
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RoutePattern();

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+.^_`|~-]+\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex HeaderNamePattern();
}
