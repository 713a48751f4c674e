using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>New values for keys, and the end of old ones.</summary>
public sealed partial class ApiKeyService
{
    /// <summary>Issues a new value under the same settings. Expired keys can be regenerated, revoked ones never.</summary>
    /// <param name="overlap">
    /// How long the old value stays valid beside the new one, up to <see cref="KeyOverlap.Longest"/> and never beyond the expiry it had;
    /// without one it is refused at once. A value that was still retiring is refused at once in any case.
    /// </param>
    public Task<Result<RevealedKey>> RegenerateAsync(string id, Caller caller, CancellationToken cancellationToken, TimeSpan overlap = default)
        => ChangeAsync<RevealedKey>(id, caller, async (db, key) =>
        {
            var now = time.GetStoredNow();
            if (Unregenerable(key, overlap, now) is { } reason)
            {
                return reason;
            }

            if ((await OutrankedAsync(db, key, caller, cancellationToken) ?? caller.MustConfirm()) is { } outranked)
            {
                return outranked;
            }

            // That it may regenerate itself is nothing the caller grants here: it may already.
            var settings = (await store.DetailsAsync(db, key, cancellationToken)).Settings with { AllowSelfRegenerate = false };
            var expiresAt = key.ExpirationDays is { } days ? now.AddDays(days) : key.ExpiresAt;
            return await BoundAsync(db, caller, settings, expiresAt, key.Environment, cancellationToken) is { } exceeded
                ? exceeded
                : await IssueAsync(db, key, caller, overlap, now, renew: true, cancellationToken);
        }, cancellationToken);

    /// <summary>
    /// A key gives itself a new value, if its settings allow that. It does not live longer by it: a period of expiry starts anew only when a
    /// person, or a key that may manage it, regenerates the key.
    /// </summary>
    /// <inheritdoc cref="RegenerateAsync" path="/param"/>
    public Task<Result<RevealedKey>> RegenerateSelfAsync(Caller caller, CancellationToken cancellationToken, TimeSpan overlap = default)
        => ChangeAsync<RevealedKey>(caller.KeyId ?? throw new ArgumentException("Only a key regenerates itself.", nameof(caller)), caller, async (db, key) =>
        {
            var now = time.GetStoredNow();
            if (!key.AllowSelfRegenerate)
            {
                return Failure.Forbidden("The key's settings do not let it regenerate itself. Allow it in the portal, or regenerate the key there.");
            }

            // Whoever still has the old value must not get at the new one with it.
            return key.CurrentSecret?.Id != caller.SecretId ? Failure.Forbidden("This value of the key has been replaced already. Only the current one regenerates the key.")
                : Unregenerable(key, overlap, now) is { } reason ? reason
                : await IssueAsync(db, key, caller, overlap, now, renew: false, cancellationToken);
        }, cancellationToken);

    /// <summary>Ends an overlap now; without one nothing changes.</summary>
    public Task<Result<ApiKeyDetails>> RetirePreviousAsync(string id, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync<ApiKeyDetails>(id, caller, async (db, key) =>
        {
            if (key.DeletedAt is not null)
            {
                return NoSuchKey;
            }

            var now = time.GetStoredNow();
            if (key.RetiringSecretAt(now) is not { } old)
            {
                return await store.DetailsAsync(db, key, cancellationToken);
            }

            var until = old.ValidUntil;
            key.RetirePrevious(now);
            audit.Append(db, caller.Actor, "api_key.previous_retired", key.Id, key.Name, new { hint = old.Hint, previousValidUntil = new FieldChange(until, now) });
            return await SaveAsync(db, key, cancellationToken);
        }, cancellationToken);

    /// <summary>Active keys in the caller's reach whose rotation is due within so many days, the most urgent first.</summary>
    public async Task<RotationPlan> PlanRotationAsync(int withinDays, int most, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await store.PlanAsync(db, withinDays, most, await ScopeOfAsync(db, caller, cancellationToken), cancellationToken);
    }

    private static Failure? Unregenerable(ApiKey key, TimeSpan overlap, DateTimeOffset now)
        => key.RevokedAt is not null
            ? Failure.Conflict("A revoked key cannot be regenerated. Create a new key; Duplicate takes over its settings.")
            : Unchangeable(key) is { } reason ? reason
            : KeyOverlap.Check(overlap) is { } violation ? Failure.Invalid(violation.Field, violation.Message)
            : key.ExpirationDays is null && key.ExpiresAt <= now
                ? Failure.Conflict("The key's expiration date has passed. Set a new expiration first, then regenerate it.", "expiration")
            : null;

    private async Task<RevealedKey> IssueAsync(
        PortalDbContext db, ApiKey key, Caller caller, TimeSpan overlap, DateTimeOffset now, bool renew, CancellationToken cancellationToken)
    {
        var old = key.CurrentSecret;
        var token = ApiKeyToken.Create(key.Environment);
        key.Regenerate(token, now, overlap, renew);
        audit.Append(db, caller.Actor, "api_key.regenerated", key.Id, key.Name, new
        {
            from = old?.Hint,
            to = token.Hint,
            expiresAt = key.ExpiresAt,
            previousValidUntil = old?.ValidUntil > now ? old.ValidUntil : null,
        });
        return new RevealedKey(await SaveAsync(db, key, cancellationToken), token);
    }
}
