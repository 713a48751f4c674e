using System.Collections.Frozen;
using System.Globalization;
using BitFaster.Caching.Lru;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Access;

/// <summary>
/// Issued keys by the hash of their value. Any change in the store moves the generation on, and an entry counts only in the generation in
/// which its load began: a load that read the old row can install what it likes, nobody who comes after the change will use it.
/// </summary>
public sealed class KeyCache
{
    private readonly ConcurrentLru<KeyHash, KeySnapshot> _entries;
    private readonly IDbContextFactory<PortalDbContext> _contexts;
    private readonly IOptions<KeyLimitDefaults> _defaults;
    private long _generation;

    public KeyCache(IDbContextFactory<PortalDbContext> contexts, StoreVersionMonitor version, IOptions<AccessOptions> options, IOptions<KeyLimitDefaults> defaults)
    {
        _contexts = contexts;
        _defaults = defaults;
        _entries = new ConcurrentLru<KeyHash, KeySnapshot>(options.Value.CacheCapacity);
        version.Changed += () => Interlocked.Increment(ref _generation);
    }

    /// <summary>Entries held, current or not.</summary>
    internal int Count => _entries.Count;

    /// <summary>The key of this value as it is in the store now; null if there is none. Fails as the database fails.</summary>
    public ValueTask<KeySnapshot?> FindAsync(KeyHash hash)
        => _entries.TryGet(hash, out var key) && key.Generation == Volatile.Read(ref _generation)
            ? ValueTask.FromResult<KeySnapshot?>(key)
            : LoadAsync(hash);

    private async ValueTask<KeySnapshot?> LoadAsync(KeyHash hash)
    {
        var generation = Volatile.Read(ref _generation);
        var bytes = hash.ToBytes();
        await using var db = await _contexts.CreateDbContextAsync();
        var found = await (
            from secret in db.Set<ApiKeySecret>().AsNoTracking()
            join key in db.Set<ApiKey>().AsNoTracking() on secret.KeyId equals key.Id
            join owner in db.Users.AsNoTracking() on key.OwnerId equals owner.Id
            where secret.Hash == bytes
            select new
            {
                SecretId = secret.Id,
                secret.ValidUntil,
                Key = key,
                owner.Email,
                owner.DisabledAt,
                owner.Role,
                OperatorsReachAllKeys = db.Set<WorkspaceSettings>().Any(s => s.OperatorsReachAllKeys),
            }).SingleOrDefaultAsync();
        if (found is null)
        {
            return null;
        }

        var flows = found.Key.Permission == KeyPermission.SpecificFlows
            ? await db.Set<ApiKeyFlow>().AsNoTracking().Where(f => f.KeyId == found.Key.Id).Select(f => f.FlowId).ToListAsync()
            : [];
        var (perMinute, perDay) = (found.Key.PerMinute ?? _defaults.Value.PerMinute, found.Key.PerDay ?? _defaults.Value.PerDay);
        var snapshot = new KeySnapshot
        {
            Id = found.Key.Id,
            Name = found.Key.Name,
            Environment = found.Key.Environment,
            Permission = found.Key.Permission,
            Flows = flows.ToFrozenSet(StringComparer.Ordinal),
            OwnerId = found.Key.OwnerId,
            OwnerName = found.Email ?? found.Key.OwnerId,
            OwnerRole = found.Role,
            OwnerReachesAllKeys = found.Role.ReachesAllKeys(found.OperatorsReachAllKeys),
            OwnerDisabled = found.DisabledAt is not null,
            SecretId = found.SecretId,
            ReplacedFrom = found.ValidUntil?.ToUnixTimeMilliseconds() ?? long.MaxValue,
            ExpiresFrom = found.Key.ExpiresAt?.ToUnixTimeMilliseconds() ?? long.MaxValue,
            Revoked = found.Key.RevokedAt is not null,
            Deleted = found.Key.DeletedAt is not null,
            PerMinute = perMinute,
            PerDay = perDay,
            Networks = [.. found.Key.Networks.Select(Parse)],
            AllowInUrl = found.Key.AllowInUrl,
            RateLimitPolicy = string.Create(CultureInfo.InvariantCulture, $"\"minute\";q={perMinute};w=60, \"day\";q={perDay};w=86400"),
            Generation = generation,
        };
        _entries.AddOrUpdate(hash, snapshot);
        return snapshot;
    }

    private static System.Net.IPNetwork Parse(string network)
        => ApiKeySettings.TryParseNetwork(network, out var parsed)
            ? parsed
            : throw new InvalidOperationException($"The store holds '{network}', which is not a network.");
}
