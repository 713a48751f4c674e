using System.Net;
using System.Security.Cryptography;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>An API key: who it is for, what it may do and until when. Its values are <see cref="ApiKeySecret"/>s.</summary>
public sealed class ApiKey
{
    public const int MaxNameLength = 100;
    public const int MaxDescriptionLength = 1000;
    public const int MaxStoredInLength = 200;
    public const int MaxNetworks = 50;

    /// <summary>From how many days before its expiry an active key needs attention.</summary>
    public const int ExpiresSoonDays = 14;

    private readonly List<ApiKeySecret> _secrets = [];
    private readonly List<ApiKeyFlow> _flows = [];

    private ApiKey()
    {
    }

    /// <summary>Stable for the key's whole life, whatever its value: <c>key_</c> and 16 base62 characters.</summary>
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string? Description { get; private set; }

    public KeyEnvironment Environment { get; private set; }

    public KeyKind Kind { get; private set; }

    public KeyPermission Permission { get; private set; }

    /// <summary>The chosen period in days, if the expiry is a period; it starts anew with every value.</summary>
    public int? ExpirationDays { get; private set; }

    /// <summary>The instant from which the key is invalid; null means it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>Requests in any 60 seconds, 1…2147483647; null means the installation's default.</summary>
    public int? PerMinute { get; private set; }

    /// <summary>Requests in a UTC calendar day, 1…2147483647; null means the installation's default.</summary>
    public int? PerDay { get; private set; }

    /// <summary>CIDR networks the key may be used from; empty means any.</summary>
    public List<string> Networks { get; private set; } = [];

    public bool AllowInUrl { get; private set; } = true;

    /// <summary>The key may give itself a new value.</summary>
    public bool AllowSelfRegenerate { get; private set; }

    /// <summary>The portal user whose rights bound the key's.</summary>
    public string OwnerId { get; private set; } = "";

    /// <summary>Where the value is kept, in words, for whoever looks for it next year.</summary>
    public string? StoredIn { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public string CreatedBy { get; private set; } = "";

    /// <summary>When the current value was issued.</summary>
    public DateTimeOffset IssuedAt { get; private set; }

    /// <summary>The latest request that presented the key; written by the usage recorder.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    public DateTimeOffset? RevokedAt { get; private set; }

    public string? RevokedBy { get; private set; }

    public string? RevokedReason { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public string? DeletedBy { get; private set; }

    /// <summary>Increases with every change; a change made on an older state is refused.</summary>
    public int Version { get; private set; }

    public IReadOnlyList<ApiKeySecret> Secrets => _secrets;

    public IReadOnlyList<ApiKeyFlow> Flows => _flows;

    public ApiKeySecret? CurrentSecret => _secrets.Find(s => s.ReplacedAt is null);

    /// <summary>The value before the current one, while it is still accepted beside it; null if none is.</summary>
    public ApiKeySecret? RetiringSecretAt(DateTimeOffset now)
        => StatusAt(now) == KeyStatus.Active ? _secrets.Find(s => s.ReplacedAt is not null && s.ValidUntil > now) : null;

    public KeyExpiration Expiration => ExpirationDays is { } days ? KeyExpiration.After(days) : new KeyExpiration(null, ExpiresAt);

    public static ApiKey Create(ApiKeySettings settings, KeyEnvironment environment, string ownerId, string createdBy, ApiKeyToken token, DateTimeOffset now)
    {
        var key = new ApiKey
        {
            Id = NewId(),
            Environment = environment,
            OwnerId = ownerId,
            CreatedAt = now,
            CreatedBy = createdBy,
        };
        key.Apply(settings, now);
        key.Issue(token, now);
        return key;
    }

    /// <summary>Takes over new settings. The expiry changes only if the chosen expiration does.</summary>
    public void Change(ApiKeySettings settings, DateTimeOffset now)
    {
        Apply(settings, now);
        Version++;
    }

    /// <summary>
    /// Issues a new value. The one it replaces is refused at once or after an overlap, never later than it would have expired; one that was
    /// still retiring is refused at once.
    /// </summary>
    /// <param name="overlap">How long the replaced value stays valid beside the new one; zero means not at all.</param>
    /// <param name="renew">A period of expiry starts anew; otherwise the key ends when it would have ended.</param>
    /// <exception cref="InvalidOperationException">The key is revoked or deleted.</exception>
    public void Regenerate(ApiKeyToken token, DateTimeOffset now, TimeSpan overlap = default, bool renew = true)
    {
        if (RevokedAt is not null || DeletedAt is not null)
        {
            throw new InvalidOperationException("A revoked or deleted key has no new value.");
        }

        RetireAll(now);
        CurrentSecret?.Replace(now, ExpiresAt is { } end && end < now + overlap ? (end > now ? end : now) : now + overlap);
        if (renew && ExpirationDays is { } days)
        {
            ExpiresAt = now.AddDays(days);
        }

        Issue(token, now);
        Version++;
    }

    /// <summary>Ends an overlap now: only the current value is accepted from now on. Without one nothing changes.</summary>
    public void RetirePrevious(DateTimeOffset now)
    {
        if (RetireAll(now))
        {
            Version++;
        }
    }

    /// <summary>Permanently disables the key. Again: nothing changes.</summary>
    public void Revoke(string by, string? reason, DateTimeOffset now)
    {
        if (RevokedAt is null)
        {
            (RevokedAt, RevokedBy, RevokedReason) = (now, by, reason);
            Version++;
        }
    }

    /// <summary>Takes the key out of the lists; its usage and history stay.</summary>
    public void Delete(string by, DateTimeOffset now)
    {
        if (DeletedAt is null)
        {
            (DeletedAt, DeletedBy) = (now, by);
            Version++;
        }
    }

    /// <summary>Notes where the value is kept.</summary>
    public void NoteStorage(string? place) => StoredIn = string.IsNullOrWhiteSpace(place) ? null : place.Trim();

    public KeyStatus StatusAt(DateTimeOffset now) => StatusOf(DeletedAt, RevokedAt, ExpiresAt, now);

    /// <summary>The one place that derives the status; a key is invalid from the instant of its expiry.</summary>
    public static KeyStatus StatusOf(DateTimeOffset? deletedAt, DateTimeOffset? revokedAt, DateTimeOffset? expiresAt, DateTimeOffset now)
        => deletedAt is not null ? KeyStatus.Deleted
            : revokedAt is not null ? KeyStatus.Revoked
            : expiresAt <= now ? KeyStatus.Expired
            : KeyStatus.Active;

    private static string NewId()
        => "key_" + RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 16);

    private void Apply(ApiKeySettings settings, DateTimeOffset now)
    {
        Name = settings.Name;
        Description = settings.Description;
        Kind = settings.Kind;
        Permission = settings.Permission;
        PerMinute = settings.PerMinute;
        PerDay = settings.PerDay;
        AllowInUrl = settings.AllowInUrl;
        AllowSelfRegenerate = settings.AllowSelfRegenerate;
        Networks = [.. settings.Networks];
        if (IssuedAt == default || settings.Expiration != Expiration)
        {
            ExpirationDays = settings.Expiration.Days;
            ExpiresAt = settings.Expiration.From(now);
        }

        var flows = settings.Permission == KeyPermission.SpecificFlows ? settings.Flows : [];
        _flows.RemoveAll(f => !flows.Contains(f.FlowId));
        _flows.AddRange(flows.Where(id => _flows.TrueForAll(f => f.FlowId != id)).Distinct().Select(id => new ApiKeyFlow(Id, id)));
    }

    private bool RetireAll(DateTimeOffset now)
    {
        var retiring = _secrets.FindAll(s => s.ReplacedAt is not null && s.ValidUntil > now);
        retiring.ForEach(s => s.Retire(now));
        return retiring.Count > 0;
    }

    private void Issue(ApiKeyToken token, DateTimeOffset now)
    {
        IssuedAt = now;
        _secrets.Add(new ApiKeySecret(Id, token, now));
    }
}

/// <summary>What of a key can be chosen and changed; already checked by <see cref="ApiKeyService"/>.</summary>
public sealed record ApiKeySettings
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public KeyKind Kind { get; init; }

    public KeyPermission Permission { get; init; }

    /// <summary>Flow ids; not empty for <see cref="KeyPermission.SpecificFlows"/>, ignored otherwise.</summary>
    public IReadOnlyList<string> Flows { get; init; } = [];

    public KeyExpiration Expiration { get; init; } = KeyExpiration.After(90);

    public int? PerMinute { get; init; }

    public int? PerDay { get; init; }

    /// <summary>CIDR networks such as <c>10.20.0.0/16</c>; a bare address means that one address.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    public bool AllowInUrl { get; init; } = true;

    /// <summary>The key may give itself a new value, with the life that is left of the old one.</summary>
    public bool AllowSelfRegenerate { get; init; }

    public static bool TryParseNetwork(string text, out IPNetwork network)
    {
        var trimmed = text.Trim();
        if (trimmed.Contains('%', StringComparison.Ordinal))
        {
            // A zone index means another interface on every machine.
            network = default;
            return false;
        }

        if (IPAddress.TryParse(trimmed, out var address) && trimmed.AsSpan().ContainsAny('.', ':'))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(trimmed, out network);
    }
}

/// <summary>One issued value of a key: its hash and hint, never the value.</summary>
public sealed class ApiKeySecret
{
    private ApiKeySecret()
    {
    }

    internal ApiKeySecret(string keyId, ApiKeyToken token, DateTimeOffset now)
        => (KeyId, Hash, Hint, CreatedAt) = (keyId, token.Hash().ToBytes(), token.Hint, now);

    public long Id { get; private set; }

    public string KeyId { get; private set; } = "";

    /// <summary>SHA-256 of the whole token, 32 bytes.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary><c>ft_live_Ab3d…x9Qz</c></summary>
    public string Hint { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Since when a newer value exists; null for the current one.</summary>
    public DateTimeOffset? ReplacedAt { get; private set; }

    /// <summary>The instant from which this value is refused although the key lives on; null while it is current.</summary>
    public DateTimeOffset? ValidUntil { get; private set; }

    internal void Replace(DateTimeOffset now, DateTimeOffset validUntil) => (ReplacedAt, ValidUntil) = (now, validUntil);

    internal void Retire(DateTimeOffset now) => ValidUntil = now;
}

/// <summary>One flow that a key with <see cref="KeyPermission.SpecificFlows"/> may execute.</summary>
public sealed record ApiKeyFlow(string KeyId, string FlowId);
