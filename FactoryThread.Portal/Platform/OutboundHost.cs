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

    /// <summary>Whether an http or https address leads to what a valid entry names. Ports do not count, and no name is resolved.</summary>
    public static bool Matches(string entry, Uri address)
    {
        var host = Name(address);
        if (IPAddress.TryParse(host, out var number))
        {
            number = number.IsIPv4MappedToIPv6 ? number.MapToIPv4() : number;
            return IPAddress.TryParse(entry, out var single) ? single.Equals(number) : IPNetwork.TryParse(entry, out var network) && network.Contains(number);
        }

        return entry.StartsWith(Below, StringComparison.Ordinal)
            ? host.EndsWith($".{Name(entry[Below.Length..])}", StringComparison.OrdinalIgnoreCase)
            : !IPNetwork.TryParse(entry, out _) && host.Equals(Name(entry), StringComparison.OrdinalIgnoreCase);
    }

    private static string Name(string entry) => IPAddress.TryParse(entry, out _) ? entry : Name(new Uri($"http://{entry}"));

    /// <summary>In the letters that DNS has, without the brackets of an IPv6 address and the dot that ends a full name.</summary>
    private static string Name(Uri address) => address.IdnHost.TrimEnd('.');
}
