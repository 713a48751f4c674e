using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Store;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>All that may be done to keys; the screens, the management API and the verbs call it, and it writes the audit record.</summary>
public sealed partial class ApiKeyService(
    IDbContextFactory<PortalDbContext> contexts,
    ApiKeyStore store,
    FlowCatalog catalog,
    AuditLog audit,
    TimeProvider time,
    IOptions<KeyLimitDefaults> defaults)
{
    public const string AuditSubject = "api_key";

    private const string ManagesKeys = "manages keys";

    private static readonly Failure NoSuchKey = Failure.NotFound("There is no such key, or it is not yours to see.");

    private static readonly Failure Outranked = Failure.Forbidden("The key's owner is an administrator, who may more than you, and so may the key. Ask an administrator.");

    /// <summary>Makes a key. The value is in the answer and nowhere else.</summary>
    public async Task<Result<RevealedKey>> CreateAsync(NewApiKey wish, Caller caller, CancellationToken cancellationToken)
    {
        if ((caller.Refused(PortalRole.Operator, ManagesKeys) ?? caller.MustConfirm()) is { } refused)
        {
            return refused;
        }

        var now = time.GetStoredNow();
        var settings = ApiKeyRules.Normalize(wish.Settings);
        var flows = await catalog.CurrentAsync(cancellationToken);
        if (ApiKeyRules.Check(settings, id => flows.Find(id) is not null, now) is { } violation)
        {
            return Failure.Invalid(violation.Field, violation.Message);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await BoundAsync(db, caller, settings, settings.Expiration.From(now), wish.Environment, cancellationToken) is { } exceeded)
        {
            return exceeded;
        }

        var ownerId = wish.OwnerId ?? caller.UserId ?? await ApiKeyStore.FirstAdministratorAsync(db, cancellationToken);
        if (ownerId is null)
        {
            return Failure.Conflict("There is no administrator who could own the key. Add one first.", "owner");
        }

        if (!caller.AllKeys && ownerId != caller.UserId)
        {
            return Failure.Forbidden("You make keys for yourself only.");
        }

        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == ownerId && u.DisabledAt == null, cancellationToken) is not { } owner)
        {
            return Failure.Invalid("owner", "There is no such user, or they are disabled.");
        }

        if (owner.Role < PortalRole.Operator)
        {
            return Failure.Invalid("owner", "A viewer owns no keys. Choose an operator or administrator.");
        }

        if (owner.Role > caller.Role)
        {
            return Outranked;
        }

        var token = ApiKeyToken.Create(wish.Environment);
        var key = ApiKey.Create(settings, wish.Environment, ownerId, caller.Actor.Name, token, now);
        db.Add(key);
        audit.Append(db, caller.Actor, "api_key.created", key.Id, key.Name, new
        {
            environment = key.Environment.Code(),
            kind = key.Kind.Code(),
            permission = key.Permission.Code(),
            flows = settings.Flows,
            expiresAt = key.ExpiresAt,
            hint = token.Hint,
        });
        return new RevealedKey(await SaveAsync(db, key, cancellationToken), token);
    }

    public async Task<Result<ApiKeyDetails>> GetAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await ReachAsync(db, id, caller, cancellationToken) is { } key
            ? await store.DetailsAsync(db, key, cancellationToken)
            : NoSuchKey;
    }

    public async Task<Page<ApiKeySummary>> ListAsync(ApiKeyQuery query, Caller caller, CancellationToken cancellationToken)
        => new(await RowsAsync(query, caller, cancellationToken), await TotalAsync(query, caller, cancellationToken));

    /// <summary>A page without the number of all; a search finds its first keys long before it has counted all.</summary>
    public async Task<IReadOnlyList<ApiKeySummary>> RowsAsync(ApiKeyQuery query, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await store.RowsAsync(db, query, await ScopeOfAsync(db, caller, cancellationToken), cancellationToken);
    }

    public async Task<int> TotalAsync(ApiKeyQuery query, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await store.TotalAsync(db, query, await ScopeOfAsync(db, caller, cancellationToken), cancellationToken);
    }

    public async Task<ApiKeyCounts> CountsAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await store.CountsAsync(db, await ScopeOfAsync(db, caller, cancellationToken), cancellationToken);
    }

    /// <summary>All details of the keys of a page, in its order.</summary>
    public async Task<IReadOnlyList<ApiKeyDetails>> DetailsAsync(IReadOnlyList<ApiKeySummary> page, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await store.DetailsAsync(db, [.. page.Select(k => k.Id)], cancellationToken);
    }

    /// <summary>Finds the key of a whole value by its hash, replaced values included; null if there is none.</summary>
    public async Task<ApiKeySummary?> FindByTokenAsync(ApiKeyToken token, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await store.FindByHashAsync(db, token.Hash(), await ScopeOfAsync(db, caller, cancellationToken), cancellationToken);
    }

    /// <summary>Changes the settings of a key that is neither revoked nor deleted; effective at once.</summary>
    /// <param name="version">The version the change was made on (<see cref="ApiKeyDetails.Version"/>); an older one is a conflict. Null: the current one.</param>
    public Task<Result<ApiKeyDetails>> UpdateAsync(string id, ApiKeySettings settings, Caller caller, CancellationToken cancellationToken, int? version = null)
        => ChangeAsync<ApiKeyDetails>(id, caller, async (db, key) =>
        {
            if (Unchangeable(key) is { } reason)
            {
                return reason;
            }

            if (version is { } expected && expected != key.Version)
            {
                return Failure.Conflict("Somebody changed this key meanwhile. Look at it again, then repeat your change.");
            }

            if (await OutrankedAsync(db, key, caller, cancellationToken) is { } outranked)
            {
                return outranked;
            }

            var now = time.GetStoredNow();
            var wanted = ApiKeyRules.Normalize(settings);
            var flows = await catalog.CurrentAsync(cancellationToken);
            if (ApiKeyRules.Check(wanted, f => flows.Find(f) is not null || key.Flows.Any(k => k.FlowId == f), now, key.Expiration) is { } violation)
            {
                return Failure.Invalid(violation.Field, violation.Message);
            }

            var before = await store.DetailsAsync(db, key, cancellationToken);
            var difference = ApiKeyDifference.Between(before.Settings, wanted);
            if (difference.Count == 0)
            {
                return before;
            }

            var granted = wanted with { AllowSelfRegenerate = wanted.AllowSelfRegenerate && !key.AllowSelfRegenerate };
            var expiresAt = wanted.Expiration == key.Expiration ? key.ExpiresAt : wanted.Expiration.From(now);
            if (difference.Keys.Any(field => field is not ("name" or "description" or "kind"))
                && await BoundAsync(db, caller, granted, expiresAt, key.Environment, cancellationToken) is { } exceeded)
            {
                return exceeded;
            }

            key.Change(wanted, now);
            audit.Append(db, caller.Actor, "api_key.updated", key.Id, key.Name, difference);
            return await SaveAsync(db, key, cancellationToken);
        }, cancellationToken);

    /// <summary>Permanently disables the key, at once. Again: the same answer.</summary>
    /// <param name="reason">Free text, up to 1000 characters; longer is <see cref="FailureKind.Invalid"/>.</param>
    public Task<Result<Revocation>> RevokeAsync(string id, string? reason, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync<Revocation>(id, caller, async (db, key) =>
        {
            if (key.DeletedAt is not null && key.RevokedAt is null)
            {
                return NoSuchKey;
            }

            if (reason?.Length > ApiKey.MaxDescriptionLength || ApiKeyRules.HasControls(reason))
            {
                return Failure.Invalid("reason", $"A reason has up to {ApiKey.MaxDescriptionLength} characters and no control characters.");
            }

            if (KeyPaste.LooksLikeKey(reason))
            {
                return Failure.Invalid("reason", "The reason contains an API key. Keys are never stored here; remove it.");
            }

            if (key.RevokedAt is null)
            {
                var text = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
                key.Revoke(caller.Actor.Name, text, time.GetStoredNow());
                audit.Append(db, caller.Actor, "api_key.revoked", key.Id, key.Name, new { reason = text });
                await SaveAsync(db, key, cancellationToken);
            }

            return new Revocation(key.Id, key.RevokedAt!.Value);
        }, cancellationToken);

    /// <summary>Takes the key out of the lists; a value that still worked is refused from now on. Usage, log and history stay.</summary>
    public Task<Result<ApiKeyDetails>> DeleteAsync(string id, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync<ApiKeyDetails>(id, caller, async (db, key) =>
        {
            if (key.DeletedAt is not null)
            {
                return NoSuchKey;
            }

            key.Delete(caller.Actor.Name, time.GetStoredNow());
            audit.Append(db, caller.Actor, "api_key.deleted", key.Id, key.Name);
            return await SaveAsync(db, key, cancellationToken);
        }, cancellationToken);

    /// <summary>Notes where the value is kept ("Stored in").</summary>
    public Task<Result<ApiKeyDetails>> NoteStorageAsync(string id, string? place, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync<ApiKeyDetails>(id, caller, async (db, key) =>
        {
            if (place?.Length > ApiKey.MaxStoredInLength)
            {
                return Failure.Invalid("storedIn", $"The place has up to {ApiKey.MaxStoredInLength} characters.");
            }

            // Somebody may paste the key itself here; it must not reach the database.
            if (KeyPaste.LooksLikeKey(place))
            {
                return Failure.Invalid("storedIn", "This contains the key itself. Write where it is kept, such as: Vault, path integrations/erp.");
            }

            var before = key.StoredIn;
            key.NoteStorage(place);
            if (before != key.StoredIn)
            {
                audit.Append(db, caller.Actor, "api_key.updated", key.Id, key.Name, new { storedIn = new { from = before, to = key.StoredIn } });
            }

            return await SaveAsync(db, key, cancellationToken);
        }, cancellationToken);

    /// <summary>Another key that is not deleted has this name, among those that the caller may see.</summary>
    public async Task<bool> NameExistsAsync(string name, string? exceptId, Caller caller, CancellationToken cancellationToken)
    {
        var (trimmed, owner) = (name.Trim(), caller.OnlyOf);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Set<ApiKey>().AnyAsync(k => k.DeletedAt == null && k.Name == trimmed && k.Id != exceptId && (owner == null || k.OwnerId == owner), cancellationToken);
    }

    private static Failure? Unchangeable(ApiKey key)
        => key.DeletedAt is not null ? NoSuchKey
            : key.RevokedAt is not null ? Failure.Conflict("The key is revoked and cannot be changed. Create a new one; Duplicate takes over its settings.")
            : null;

    /// <summary>Loads, changes and saves a key in the caller's reach; a change that lost a race is made again on the new state.</summary>
    private async Task<Result<T>> ChangeAsync<T>(
        string id, Caller caller, Func<PortalDbContext, ApiKey, Task<Result<T>>> change, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Operator, ManagesKeys) is { } refused)
        {
            return refused;
        }

        for (var attempt = 1; ; attempt++)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            if (await ReachAsync(db, id, caller, cancellationToken) is not { } key)
            {
                return NoSuchKey;
            }

            try
            {
                return await change(db, key);
            }
            catch (DbUpdateConcurrencyException) when (attempt < 5)
            {
                // The next round reads the state that won.
            }
        }
    }

    private async Task<ApiKeyDetails> SaveAsync(PortalDbContext db, ApiKey key, CancellationToken cancellationToken)
    {
        // A caller who hangs up must not leave a revocation half done.
        await db.SaveChangesAsync(CancellationToken.None);
        return await store.DetailsAsync(db, key, cancellationToken);
    }

    private static async Task<ApiKey?> ReachAsync(PortalDbContext db, string id, Caller caller, CancellationToken cancellationToken)
        => await ApiKeyStore.FindAsync(db, id, cancellationToken) is { } key && (await ScopeOfAsync(db, caller, cancellationToken)).Contains.Compile()(key) ? key : null;

    /// <summary>Who got at the value or the settings of a key whose owner may more than they would gain the owner's rights.</summary>
    private static async Task<Failure?> OutrankedAsync(PortalDbContext db, ApiKey key, Caller caller, CancellationToken cancellationToken)
        => await db.Users.AnyAsync(u => u.Id == key.OwnerId && u.Role > caller.Role, cancellationToken) ? Outranked : null;

    /// <summary>A key reaches the keys that its owner reaches, and from test never a live one.</summary>
    private static async Task<KeyScope> ScopeOfAsync(PortalDbContext db, Caller caller, CancellationToken cancellationToken)
        => new(caller.OnlyOf, caller.KeyId is { } keyId
            && await db.Set<ApiKey>().Where(k => k.Id == keyId).Select(k => k.Environment).SingleAsync(cancellationToken) == KeyEnvironment.Test);

    /// <summary>What a calling key makes may not be more than itself.</summary>
    private async Task<Failure?> BoundAsync(
        PortalDbContext db, Caller caller, ApiKeySettings settings, DateTimeOffset? expiresAt, KeyEnvironment environment, CancellationToken cancellationToken)
    {
        if (caller.KeyId is null)
        {
            return null;
        }

        var maker = await db.Set<ApiKey>().AsNoTracking().Include(k => k.Flows).SingleAsync(k => k.Id == caller.KeyId, cancellationToken);
        var retiresAt = await db.Set<ApiKeySecret>().Where(v => v.Id == caller.SecretId).Select(v => v.ValidUntil).SingleOrDefaultAsync(cancellationToken);
        var makerEnds = retiresAt is null || maker.ExpiresAt < retiresAt ? maker.ExpiresAt : retiresAt;
        return maker.Environment == KeyEnvironment.Test && environment == KeyEnvironment.Live
            ? Failure.Forbidden("A test key does not make live keys.")
            : ApiKeyRules.Exceeds(settings, expiresAt, maker, makerEnds, defaults.Value) is { } violation ? Failure.Forbidden(violation.Message) : null;
    }
}
