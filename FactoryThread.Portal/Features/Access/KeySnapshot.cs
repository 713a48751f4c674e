using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Access;

/// <summary>One issued value of a key with everything a verdict needs, as it was in the store at one moment. Immutable.</summary>
public sealed record KeySnapshot
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public KeyEnvironment Environment { get; init; }

    public KeyPermission Permission { get; init; }

    /// <summary>Allowed flow ids; empty unless the permission is Specific flows.</summary>
    public required IReadOnlySet<string> Flows { get; init; }

    public required string OwnerId { get; init; }

    public required string OwnerName { get; init; }

    public PortalRole OwnerRole { get; init; }

    /// <summary>The owner reaches every key, not only those they own.</summary>
    public bool OwnerReachesAllKeys { get; init; }

    public bool OwnerDisabled { get; init; }

    /// <summary>Which of the key's values this is.</summary>
    public long SecretId { get; init; }

    /// <summary>UTC milliseconds from which this value is refused because a newer one exists; <see cref="long.MaxValue"/> for the current one.</summary>
    public long ReplacedFrom { get; init; }

    /// <summary>UTC milliseconds from which the key is expired; <see cref="long.MaxValue"/> if it does not expire.</summary>
    public long ExpiresFrom { get; init; }

    public bool Revoked { get; init; }

    public bool Deleted { get; init; }

    /// <summary>Requests in any 60 seconds, the default already applied.</summary>
    public int PerMinute { get; init; }

    /// <summary>Requests in a UTC day, the default already applied.</summary>
    public int PerDay { get; init; }

    /// <summary>Networks it may be used from; empty means any.</summary>
    public required IReadOnlyList<IPNetwork> Networks { get; init; }

    public bool AllowInUrl { get; init; }

    /// <summary>Value of <c>RateLimit-Policy</c>, made once.</summary>
    public required string RateLimitPolicy { get; init; }

    /// <summary>The cache's generation when the load began; an entry of an older generation is not used.</summary>
    public long Generation { get; init; }

    /// <summary>What an endpoint made of this snapshot for its answers; made on first use, the same whoever makes it.</summary>
    internal object? Answer { get; set; }

    public DateTimeOffset? ExpiresAt => ExpiresFrom == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(ExpiresFrom);
}
