using System.Net;

namespace FactoryThread.Portal.Platform;

/// <summary>An entry of <see cref="PortalOptions.OutboundHosts"/>: a name, all names below one, an address or a CIDR network.</summary>
internal static class OutboundHost
{
    private const string Below = "*.";

    /// <summary>An address counts only as it is usually written: what <c>10</c> or <c>10.20</c> abbreviate is not what people mean.</summary>
    public static bool IsValid(string entry)
        => IPAddress.TryParse(entry, out var address) ? !address.IsIPv4MappedToIPv6 && address.ToString().Equals(entry, StringComparison.OrdinalIgnoreCase)
            : IPNetwork.TryParse(entry, out var network) ? !network.BaseAddress.IsIPv4MappedToIPv6 && network.ToString().Equals(entry, StringComparison.OrdinalIgnoreCase)
            : Uri.CheckHostName(entry.StartsWith(Below, StringComparison.Ordinal) ? entry[Below.Length..] : entry) == UriHostNameType.Dns;

    /// <summary>A name in the letters that DNS has and without the dot that ends a full one, so that each call only compares.</summary>
    public static string Normalize(string entry)
    {
        var below = entry.StartsWith(Below, StringComparison.Ordinal) ? Below : "";
        var name = entry[below.Length..];
        return !IPAddress.TryParse(name, out _) && Uri.CheckHostName(name) == UriHostNameType.Dns ? below + Name(new Uri($"http://{name}")) : entry;
    }

    /// <summary>Whether an http or https address leads to what a valid, normalized entry names. Ports do not count, and no name is resolved.</summary>
    public static bool Matches(string entry, Uri address)
    {
        var host = Name(address);
        if (IPAddress.TryParse(host, out var number))
        {
            number = number.IsIPv4MappedToIPv6 ? number.MapToIPv4() : number;
            return IPAddress.TryParse(entry, out var single) ? single.Equals(number) : IPNetwork.TryParse(entry, out var network) && network.Contains(number);
        }

        return entry.StartsWith(Below, StringComparison.Ordinal)
            ? host.EndsWith(entry[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(entry, StringComparison.OrdinalIgnoreCase);
    }

    // Also without the brackets of an IPv6 address.
    private static string Name(Uri address) => address.IdnHost.TrimEnd('.');
}
