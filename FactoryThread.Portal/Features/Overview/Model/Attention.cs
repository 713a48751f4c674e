using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Overview.Model;

/// <summary>What somebody should look at, of the keys they may see.</summary>
/// <param name="Alerts">The weightiest open ones.</param>
/// <param name="OpenAlerts">How many are open.</param>
/// <param name="Keys">Keys that are not deleted.</param>
/// <param name="ExpiringSoon">Active keys that expire within two weeks.</param>
/// <param name="RotationDue">Active keys whose value is older than the workspace's schedule.</param>
/// <param name="Unused">Active keys not used for <paramref name="UnusedDays"/> days.</param>
public sealed record Attention(IReadOnlyList<AlertView> Alerts, int OpenAlerts, int Keys, int ExpiringSoon, int RotationDue, int Unused, int UnusedDays);

/// <summary>A key named in a list.</summary>
public sealed record NamedKey(string Id, string Name);

/// <summary>Keys that may do more than they did in the last 30 days.</summary>
/// <param name="Keys">The first of them, by name.</param>
/// <param name="Total">How many there are.</param>
public sealed record OverPrivileged(IReadOnlyList<WideKey> Keys, int Total);

/// <summary>A key that may do more than it did.</summary>
public sealed record WideKey(NamedKey Key, PortalRole OwnerRole);

/// <summary>A key's requests that were refused or failed.</summary>
public sealed record TroubledKey(NamedKey Key, UsageCounts Counts);
