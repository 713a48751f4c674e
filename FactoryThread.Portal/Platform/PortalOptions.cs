using System.Net;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Platform;

/// <summary>The configuration section <c>Portal</c>.</summary>
public sealed class PortalOptions
{
    public const string Section = "Portal";

    /// <summary>Folder of the databases and the key ring; a relative path is taken from the running binaries.</summary>
    public string DataDirectory { get; set; } = "portal-data";

    /// <summary>Who a caller turns to when a limit is too low: an address or a sentence, shown in 429 answers.</summary>
    public string SupportContact { get; set; } = "your FactoryThread administrator";

    /// <summary>Addresses or CIDR networks whose <c>X-Forwarded-*</c> headers are believed; none by default.</summary>
    public List<string> KnownProxies { get; set; } = [];

    /// <summary>
    /// Hosts that targets of flows, connections and webhooks may lead to: names, <c>*.example.com</c> for all below a name, addresses or CIDR
    /// networks. All if it is empty. Kept as DNS has the names. A name may lead to any address: whoever lists it trusts whoever answers for it.
    /// </summary>
    public IReadOnlyList<string> OutboundHosts { get; set => field = [.. (value ?? []).Select(OutboundHost.Normalize)]; } = [];

    /// <summary>
    /// Address of this portal for callers and people, if it differs from the one in the browser: examples show it, alerts and mailed links
    /// lead there, and live pages open under its host name too. Null if it is left empty; without the slash at its end that some write.
    /// </summary>
    public string? PublicAddress
    {
        get;
        set => field = string.IsNullOrEmpty(value) ? null : value.TrimEnd('/');
    }

    public SetupOptions Setup { get; set; } = new();

    public CircuitOptions Circuits { get; set; } = new();

    /// <summary>The address is one of <see cref="KnownProxies"/>.</summary>
    public bool IsKnownProxy(IPAddress address) => KnownProxies.Exists(
        proxy => IPAddress.TryParse(proxy, out var single) ? single.Equals(address) : IPNetwork.Parse(proxy).Contains(address));

    /// <summary>Why the portal may not call an address, see <see cref="OutboundHosts"/>; null if it may.</summary>
    public string? RefusesToCall(Uri address)
        => OutboundHosts.Count == 0 || OutboundHosts.Any(allowed => OutboundHost.Matches(allowed, address)) ? null
            : $"This portal may not call {address.Host}. Enter another address, or have whoever runs the portal add the host to Portal:OutboundHosts.";

    public string DataPath => Path.GetFullPath(DataDirectory, AppContext.BaseDirectory);

    public string DatabasePath => Path.Combine(DataPath, "portal.db");

    public string IntakePath => Path.Combine(DataPath, "intake.db");

    public string KeyRingPath => Path.Combine(DataPath, "keyring");

    /// <summary>The first administrator for an installation without a browser (both or none).</summary>
    public sealed class SetupOptions
    {
        public string? AdminEmail { get; set; }

        public string? AdminPassword { get; set; }
    }

    /// <summary>How many live pages (tabs of the portal, in whatever browser) may be open at once. Each takes memory of the server.</summary>
    public sealed class CircuitOptions
    {
        /// <summary>What either may be at most.</summary>
        public const int Most = 10_000;

        /// <summary>Of one person; 1 to 10,000.</summary>
        public int PerUser { get; set; } = 20;

        /// <summary>From one address (IPv6: one /64), whoever is signed in there; 1 to 10,000.</summary>
        public int PerAddress { get; set; } = 100;
    }
}

/// <summary>Collects every fault of the section at once, each message naming its configuration key.</summary>
public sealed class ValidatePortalOptions : IValidateOptions<PortalOptions>
{
    public ValidateOptionsResult Validate(string? name, PortalOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            faults.Add("Portal:DataDirectory must name a folder.");
        }

        foreach (var proxy in options.KnownProxies)
        {
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
            {
                faults.Add($"Portal:KnownProxies has '{proxy}', which is neither an address nor a CIDR network.");
            }
        }

        foreach (var host in options.OutboundHosts)
        {
            if (!OutboundHost.IsValid(host))
            {
                faults.Add($"Portal:OutboundHosts has '{host}', which is neither a host name (erp.example.com, *.example.com) nor a whole address nor a CIDR network.");
            }
        }

        if (options.PublicAddress is { } address
            && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            faults.Add("Portal:PublicAddress must be an absolute http or https address.");
        }

        if (string.IsNullOrEmpty(options.Setup.AdminEmail) != string.IsNullOrEmpty(options.Setup.AdminPassword))
        {
            faults.Add("Portal:Setup:AdminEmail and Portal:Setup:AdminPassword must be given together.");
        }

        foreach (var (key, value) in (ReadOnlySpan<(string, int)>)[("PerUser", options.Circuits.PerUser), ("PerAddress", options.Circuits.PerAddress)])
        {
            if (value is < 1 or > PortalOptions.CircuitOptions.Most)
            {
                faults.Add($"Portal:Circuits:{key} must be 1 to {PortalOptions.CircuitOptions.Most}.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
