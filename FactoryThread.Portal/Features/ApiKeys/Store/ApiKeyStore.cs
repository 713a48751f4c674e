using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.ApiKeys.Store;

/// <summary>Reads keys. Lists filter, sort and page in the database.</summary>
public sealed class ApiKeyStore(KeyTotals totals, TimeProvider time)
{
    private static readonly Func<PortalDbContext, CancellationToken, Task<WorkspaceSettings>> ReadSettings = EF.CompileAsyncQuery(
        (PortalDbContext db, CancellationToken _) => db.Set<WorkspaceSettings>().AsNoTracking().Single());

    /// <summary>The key with its values and flows, tracked for a change; null if there is none.</summary>
    public static Task<ApiKey?> FindAsync(PortalDbContext db, string id, CancellationToken cancellationToken)
        => db.Set<ApiKey>().Include(k => k.Secrets).Include(k => k.Flows).AsSplitQuery().SingleOrDefaultAsync(k => k.Id == id, cancellationToken);

    public async Task<ApiKeyDetails> DetailsAsync(PortalDbContext db, ApiKey key, CancellationToken cancellationToken)
        => Details(
            key,
            await db.Users.AsNoTracking().SingleAsync(u => u.Id == key.OwnerId, cancellationToken),
            await SettingsAsync(db, cancellationToken));

    /// <summary>Details of several keys, in the order of the ids.</summary>
    public async Task<IReadOnlyList<ApiKeyDetails>> DetailsAsync(PortalDbContext db, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var keys = await db.Set<ApiKey>().AsNoTracking().Include(k => k.Secrets).Include(k => k.Flows).AsSplitQuery()
            .Where(k => ids.Contains(k.Id)).ToDictionaryAsync(k => k.Id, cancellationToken);
        var ownerIds = keys.Values.Select(k => k.OwnerId).Distinct().ToList();
        var owners = await db.Users.AsNoTracking().Where(u => ownerIds.Contains(u.Id)).ToDictionaryAsync(u => u.Id, cancellationToken);
        var settings = await SettingsAsync(db, cancellationToken);
        return [.. ids.Where(keys.ContainsKey).Select(id => Details(keys[id], owners[keys[id].OwnerId], settings))];
    }

    private ApiKeyDetails Details(ApiKey key, PortalUser owner, WorkspaceSettings settings)
    {
        var now = time.GetUtcNow();
        return new ApiKeyDetails
        {
            Id = key.Id,
            Name = key.Name,
            Description = key.Description,
            Hint = key.CurrentSecret?.Hint ?? "",
            Environment = key.Environment,
            Kind = key.Kind,
            Permission = key.Permission,
            Flows = [.. key.Flows.Select(f => f.FlowId).Order(StringComparer.Ordinal)],
            Expiration = key.Expiration,
            ExpiresAt = key.ExpiresAt,
            PerMinute = key.PerMinute,
            PerDay = key.PerDay,
            Networks = [.. key.Networks],
            AllowInUrl = key.AllowInUrl,
            AllowSelfRegenerate = key.AllowSelfRegenerate,
            OwnerId = key.OwnerId,
            OwnerName = owner.Email ?? key.OwnerId,
            OwnerDisabled = owner.DisabledAt is not null,
            OwnerRole = owner.Role,
            StoredIn = key.StoredIn,
            CreatedAt = key.CreatedAt,
            CreatedBy = key.CreatedBy,
            IssuedAt = key.IssuedAt,
            LastUsedAt = key.LastUsedAt,
            Status = key.StatusAt(now),
            RevokedAt = key.RevokedAt,
            RevokedBy = key.RevokedBy,
            RevokedReason = key.RevokedReason,
            DeletedAt = key.DeletedAt,
            Version = key.Version,
            Previous = key.RetiringSecretAt(now) is { } old ? new RetiringValue(old.Id, old.Hint, old.ReplacedAt!.Value, old.ValidUntil!.Value) : null,
            RotationDays = settings.Rotation.Days(key.Kind),
            UnusedDays = settings.UnusedDays,
        };
    }

    /// <summary>The keys of one page.</summary>
    public async Task<IReadOnlyList<ApiKeySummary>> RowsAsync(PortalDbContext db, ApiKeyQuery query, KeyScope scope, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var settings = await SettingsAsync(db, cancellationToken);
        var keys = Filter(db, db.Set<ApiKey>().AsNoTracking().Where(scope.Contains), query, settings, now);
        if (query.After is { } after)
        {
#pragma warning disable CA1309 // Translated to SQL, where the column's own collation (binary) compares.
            keys = keys.Where(k => k.CreatedAt < after.CreatedAt || (k.CreatedAt == after.CreatedAt && string.Compare(k.Id, after.Id) > 0));
#pragma warning restore CA1309
        }

        var page = Sort(keys, query, now).Skip(query.Skip).Take(Math.Clamp(query.Take, 1, 200));
        return await Summaries(db, page, settings, now).ToListAsync(cancellationToken);
    }

    /// <summary>How many keys there are on all pages.</summary>
    public async Task<int> TotalAsync(PortalDbContext db, ApiKeyQuery query, KeyScope scope, CancellationToken cancellationToken)
    {
        var settings = await SettingsAsync(db, cancellationToken);

        // When keys were used changes all the time.
        return query.Unused ? await CountAsync()
            : await totals.GetAsync(db, settings, (scope, query with { Sort = default, Descending = false, Skip = 0, After = null, Take = 0 }), CountAsync, cancellationToken);

        Task<int> CountAsync()
            => Filter(db, db.Set<ApiKey>().AsNoTracking().Where(scope.Contains), query, settings, time.GetUtcNow()).CountAsync(cancellationToken);
    }

    public async Task<ApiKeyCounts> CountsAsync(PortalDbContext db, KeyScope scope, CancellationToken cancellationToken)
    {
        var settings = await SettingsAsync(db, cancellationToken);
        return await totals.GetAsync(db, settings, scope, CountAsync, cancellationToken);

        async Task<ApiKeyCounts> CountAsync()
        {
            var now = time.GetUtcNow();
            var keys = db.Set<ApiKey>().AsNoTracking().Where(scope.Contains);
            var total = await keys.CountAsync(k => k.DeletedAt == null, cancellationToken);
            var due = await Filter(db, keys, new ApiKeyQuery { RotationDue = true }, settings, now).CountAsync(cancellationToken);
            var expiring = await Filter(db, keys, new ApiKeyQuery { ExpiresSoon = true }, settings, now).CountAsync(cancellationToken);
            var owners = await db.Users.AsNoTracking().Where(u => keys.Any(k => k.OwnerId == u.Id)).OrderBy(u => u.Email)
                .Select(u => new KeyOwner(u.Id, u.Email ?? u.Id)).ToListAsync(cancellationToken);
            return new ApiKeyCounts(total, due, expiring, settings.UnusedDays, owners);
        }
    }

    public async Task<ApiKeySummary?> FindByHashAsync(
        PortalDbContext db, KeyHash hash, KeyScope scope, CancellationToken cancellationToken)
    {
        var bytes = hash.ToBytes();
        var keys = db.Set<ApiKey>().AsNoTracking().Where(scope.Contains).Where(k => k.Secrets.Any(s => s.Hash == bytes));
        return await Summaries(db, keys, await SettingsAsync(db, cancellationToken), time.GetUtcNow()).SingleOrDefaultAsync(cancellationToken);
    }

    /// <summary>Active keys whose rotation is due within so many days, the most urgent first.</summary>
    /// <param name="most">Keys to return at most.</param>
    public async Task<RotationPlan> PlanAsync(
        PortalDbContext db, int withinDays, int most, KeyScope scope, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var settings = await SettingsAsync(db, cancellationToken);
        var active = db.Set<ApiKey>().AsNoTracking().Where(scope.Contains).ActiveAt(now);
        var (keys, total, overdue) = (new List<ApiKeySummary>(), 0, 0);

        // Kind by kind: within one the oldest value is the most urgent, and an index is in that order.
        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            var dueNow = now.AddDays(-settings.Rotation.Days(kind));
            var dueThen = dueNow.AddDays(withinDays);
            var due = active.Where(k => k.Kind == kind && k.IssuedAt <= dueThen);
            total += await due.CountAsync(cancellationToken);
            overdue += await due.CountAsync(k => k.IssuedAt <= dueNow, cancellationToken);
            keys.AddRange(await Summaries(db, due.OrderBy(k => k.IssuedAt).ThenBy(k => k.Id).Take(most), settings, now).ToListAsync(cancellationToken));
        }

        return new RotationPlan([.. keys.OrderBy(k => k.RotationDueAt).ThenBy(k => k.Id, StringComparer.Ordinal).Take(most)], total, overdue);
    }

    /// <summary>An administrator who is not disabled; the earliest one.</summary>
    public static Task<string?> FirstAdministratorAsync(PortalDbContext db, CancellationToken cancellationToken)
        => db.Users.Where(u => u.Role == PortalRole.Administrator && u.DisabledAt == null)
            .OrderBy(u => u.CreatedAt).ThenBy(u => u.Id).Select(u => u.Id).FirstOrDefaultAsync(cancellationToken);

    private static Task<WorkspaceSettings> SettingsAsync(PortalDbContext db, CancellationToken cancellationToken)
        => ReadSettings(db, cancellationToken);

    private static IQueryable<ApiKey> Filter(PortalDbContext db, IQueryable<ApiKey> keys, ApiKeyQuery query, WorkspaceSettings settings, DateTimeOffset now)
    {
        keys = query.Status switch
        {
            null => keys.Where(k => k.DeletedAt == null),
            KeyStatus.Deleted => keys.Where(k => k.DeletedAt != null),
            KeyStatus.Revoked => keys.Where(k => k.DeletedAt == null && k.RevokedAt != null),
            KeyStatus.Expired => keys.Where(k => k.DeletedAt == null && k.RevokedAt == null && k.ExpiresAt <= now),
            _ => keys.ActiveAt(now),
        };
        if (query.Environment is { } environment)
        {
            keys = keys.Where(k => k.Environment == environment);
        }

        if (query.Permission is { } permission)
        {
            keys = keys.Where(k => k.Permission == permission);
        }

        if (query.Kind is { } kind)
        {
            keys = keys.Where(k => k.Kind == kind);
        }

        if (query.OwnerId is { } owner)
        {
            keys = keys.Where(k => k.OwnerId == owner);
        }

        if (query.RotationDue)
        {
            var (production, partner, development, ciCd) = (Due(KeyKind.Production), Due(KeyKind.Partner), Due(KeyKind.Development), Due(KeyKind.CiCd));
            keys = keys.ActiveAt(now).Where(k =>
                (k.Kind == KeyKind.Production && k.IssuedAt <= production) || (k.Kind == KeyKind.Partner && k.IssuedAt <= partner)
                || (k.Kind == KeyKind.Development && k.IssuedAt <= development) || (k.Kind == KeyKind.CiCd && k.IssuedAt <= ciCd));
        }

        if (query.ExpiresSoon)
        {
            var soon = now.AddDays(ApiKey.ExpiresSoonDays);
            keys = keys.ActiveAt(now).Where(k => k.ExpiresAt < soon);
        }

        if (query.Unused)
        {
            var since = now.AddDays(-settings.UnusedDays);
            keys = keys.ActiveAt(now).Where(k => k.LastUsedAt == null ? k.CreatedAt <= since : k.LastUsedAt <= since);
        }

        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            var text = query.Search.Trim();
            var pattern = "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";

            // The hints are gone over once, not looked up key by key, and only for what one could hold.
            var mayBeInHint = ApiKeyToken.MayBeInHint(text);
            var byHint = db.Set<ApiKeySecret>().Where(s => mayBeInHint && s.ReplacedAt == null && EF.Functions.Like(s.Hint, pattern, "\\")).Select(s => s.KeyId);
            keys = keys.Where(k => EF.Functions.Like(k.Name, pattern, "\\") || EF.Functions.Like(k.Description, pattern, "\\") || EF.Functions.Like(k.Id, pattern, "\\")
                || byHint.Contains(k.Id));
        }

        return keys;

        DateTimeOffset Due(KeyKind of) => now.AddDays(-settings.Rotation.Days(of));
    }

    private static IOrderedQueryable<ApiKey> Sort(IQueryable<ApiKey> keys, ApiKeyQuery query, DateTimeOffset now)
    {
        // A key that never expires comes after all that do.
        var sorted = (query.Sort, query.Descending) switch
        {
            (ApiKeySort.Name, false) => keys.OrderBy(k => k.Name),
            (ApiKeySort.Name, true) => keys.OrderByDescending(k => k.Name),
            (ApiKeySort.LastUsed, false) => keys.OrderBy(k => k.LastUsedAt),
            (ApiKeySort.LastUsed, true) => keys.OrderByDescending(k => k.LastUsedAt),
            (ApiKeySort.Expires, false) => keys.OrderBy(k => k.ExpiresAt == null).ThenBy(k => k.ExpiresAt),
            (ApiKeySort.Expires, true) => keys.OrderByDescending(k => k.ExpiresAt == null).ThenByDescending(k => k.ExpiresAt),
            (ApiKeySort.Status, false) => keys.OrderBy(k => k.RevokedAt != null ? 2 : k.ExpiresAt <= now ? 1 : 0),
            (ApiKeySort.Status, true) => keys.OrderByDescending(k => k.RevokedAt != null ? 2 : k.ExpiresAt <= now ? 1 : 0),
            (_, false) => keys.OrderBy(k => k.CreatedAt),
            _ => keys.OrderByDescending(k => k.CreatedAt),
        };
        return sorted.ThenBy(k => k.Id);
    }

    private static IQueryable<ApiKeySummary> Summaries(PortalDbContext db, IQueryable<ApiKey> keys, WorkspaceSettings settings, DateTimeOffset now)
        => keys.Select(k => new ApiKeySummary(
            k.Id,
            k.Name,
            k.Secrets.Where(s => s.ReplacedAt == null).Select(s => s.Hint).FirstOrDefault() ?? "",
            k.Environment,
            k.Kind,
            k.Permission,
            ApiKey.StatusOf(k.DeletedAt, k.RevokedAt, k.ExpiresAt, now),
            k.CreatedAt,
            k.IssuedAt,
            k.LastUsedAt,
            k.ExpiresAt,
            db.Users.Where(u => u.Id == k.OwnerId).Select(u => u.Email).FirstOrDefault() ?? k.OwnerId,
            db.Users.Where(u => u.Id == k.OwnerId).Select(u => u.Role).FirstOrDefault(),
            k.DeletedAt == null && k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now)
                ? k.Secrets.Where(s => s.ReplacedAt != null && s.ValidUntil > now).Select(s => s.ValidUntil).FirstOrDefault() : null,
            settings.Rotation.Days(k.Kind),
            settings.UnusedDays));
}
