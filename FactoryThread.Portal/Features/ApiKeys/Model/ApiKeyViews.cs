using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Audit.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>Who asks the service: the actor for the record, the portal user whose rights count, and the key if the call came with one.</summary>
/// <param name="UserId">The signed-in user, or the owner of the calling key; null for the command line, which may do everything.</param>
/// <param name="Role">That user's role now; null for nobody, who may do nothing: their session has ended.</param>
/// <param name="AllKeys">Their reach is every key, not only those they own.</param>
/// <param name="KeyId">The calling key's id; what it makes may not exceed it.</param>
/// <param name="SecretId">Which of the calling key's values was presented.</param>
public sealed record Caller(Actor Actor, string? UserId, PortalRole? Role, bool AllKeys, string? KeyId = null, long SecretId = 0)
{
    /// <summary>The browser session a person asks from; null for keys, the command line and sessions older than the list of sessions.</summary>
    public string? SessionId { get; init; }

    /// <summary>They signed in or confirmed themselves within <see cref="Accounts.Confirmation.ConfirmationService.Lasts"/>.</summary>
    public bool ProvedLately { get; init; }

    /// <summary>The workspace wants people to confirm themselves before they get a key's value, and this one has not lately.</summary>
    public bool Unconfirmed { get; init; }

    /// <summary>
    /// The user whose role demands a second factor that this session was not opened with. Until they have set one up they may do nothing
    /// else, so <see cref="UserId"/> and <see cref="Role"/> are null.
    /// </summary>
    public string? HeldUserId { get; init; }

    /// <summary>Who signed in, held or not: for what concerns their own way of signing in.</summary>
    public string? PersonId => HeldUserId ?? UserId;

    /// <summary>Somebody at the machine itself.</summary>
    public static Caller CommandLine { get; } = Administrator(Actor.CommandLine, null);

    /// <summary>Somebody whose session ended while their page was open.</summary>
    public static Caller Nobody { get; } = new(new Actor(ActorKind.System, "anonymous", "Somebody not signed in"), null, null, AllKeys: false);

    public bool IsAdministrator => Role == PortalRole.Administrator;

    /// <summary>The user whose keys bound what the caller sees; null if they see all.</summary>
    public string? OnlyOf => AllKeys ? null : UserId ?? "";

    public static Caller Administrator(Actor actor, string? userId) => new(actor, userId, PortalRole.Administrator, AllKeys: true);
}

/// <summary>A wish for a new key.</summary>
/// <param name="OwnerId">The portal user who owns it; null means the caller, and from the command line the first administrator.</param>
public sealed record NewApiKey(ApiKeySettings Settings, KeyEnvironment Environment, string? OwnerId = null);

/// <summary>The only type that carries a plaintext value; it is made once, for the one response that reveals it.</summary>
public sealed record RevealedKey(ApiKeyDetails Key, ApiKeyToken Token)
{
    /// <summary>Without the value, whatever prints it.</summary>
    public override string ToString() => $"RevealedKey {Key.Id} {Token.Hint}";
}

/// <summary>A row of the list.</summary>
/// <param name="PreviousValidUntil">Until when the value before the current one is accepted too; null if it is not.</param>
/// <param name="RotationDays">Days the workspace allows a value of this kind.</param>
/// <param name="UnusedDays">Days without a call after which the workspace calls a key unused.</param>
public sealed record ApiKeySummary(
    string Id,
    string Name,
    string Hint,
    KeyEnvironment Environment,
    KeyKind Kind,
    KeyPermission Permission,
    KeyStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset IssuedAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? ExpiresAt,
    string OwnerName,
    PortalRole OwnerRole,
    DateTimeOffset? PreviousValidUntil,
    int RotationDays,
    int UnusedDays)
{
    /// <summary>When the rotation that the workspace expects of its kind is due.</summary>
    public DateTimeOffset RotationDueAt => IssuedAt.AddDays(RotationDays);
}

/// <summary>The value before the current one, while it is still accepted.</summary>
/// <param name="SecretId">As the log of requests names it.</param>
/// <param name="ReplacedAt">Since when the newer value exists.</param>
/// <param name="ValidUntil">The instant from which this one is refused.</param>
public sealed record RetiringValue(long SecretId, string Hint, DateTimeOffset ReplacedAt, DateTimeOffset ValidUntil);

/// <summary>Keys whose rotation is due or soon will be.</summary>
/// <param name="Keys">The most urgent first.</param>
/// <param name="Total">How many there are, those beyond the first <see cref="Keys"/> included.</param>
/// <param name="Overdue">How many of them are due already.</param>
public sealed record RotationPlan(IReadOnlyList<ApiKeySummary> Keys, int Total, int Overdue);

/// <summary>Everything about a key but its value.</summary>
public sealed record ApiKeyDetails
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Hint { get; init; }

    public KeyEnvironment Environment { get; init; }

    public KeyKind Kind { get; init; }

    public KeyPermission Permission { get; init; }

    /// <summary>Ids of the allowed flows; empty unless the permission is Specific flows.</summary>
    public IReadOnlyList<string> Flows { get; init; } = [];

    public required KeyExpiration Expiration { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The key's own limit, or null where the installation's default holds.</summary>
    public int? PerMinute { get; init; }

    public int? PerDay { get; init; }

    public IReadOnlyList<string> Networks { get; init; } = [];

    public bool AllowInUrl { get; init; }

    public bool AllowSelfRegenerate { get; init; }

    public required string OwnerId { get; init; }

    /// <summary>The owner's e-mail address.</summary>
    public required string OwnerName { get; init; }

    public bool OwnerDisabled { get; init; }

    public PortalRole OwnerRole { get; init; }

    public string? StoredIn { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset IssuedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public KeyStatus Status { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public string? RevokedBy { get; init; }

    public string? RevokedReason { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public int Version { get; init; }

    /// <summary>The value before the current one, while it is still accepted.</summary>
    public RetiringValue? Previous { get; init; }

    /// <summary>Days the workspace allows a value of this kind.</summary>
    public int RotationDays { get; init; }

    /// <summary>Days without a call after which the workspace calls a key unused.</summary>
    public int UnusedDays { get; init; }

    public DateTimeOffset RotationDueAt => IssuedAt.AddDays(RotationDays);

    /// <summary>The settings as they are, to start an edit or a duplicate from.</summary>
    public ApiKeySettings Settings => new()
    {
        Name = Name,
        Description = Description,
        Kind = Kind,
        Permission = Permission,
        Flows = Flows,
        Expiration = Expiration,
        PerMinute = PerMinute,
        PerDay = PerDay,
        Networks = Networks,
        AllowInUrl = AllowInUrl,
        AllowSelfRegenerate = AllowSelfRegenerate,
    };
}

/// <summary>What stands above the list: how many keys there are and need something, deleted ones left out, and whose they are.</summary>
/// <param name="UnusedDays">Days without a call after which the workspace calls a key unused.</param>
/// <param name="Owners">By name; those of deleted keys too, since the list can show these.</param>
public sealed record ApiKeyCounts(int Total, int RotationDue, int ExpiresSoon, int UnusedDays, IReadOnlyList<KeyOwner> Owners);

/// <summary>A portal user who owns keys.</summary>
/// <param name="Name">The e-mail address.</param>
public sealed record KeyOwner(string Id, string Name);

public enum ApiKeySort
{
    Created,
    Name,
    LastUsed,
    Expires,
    Status,
}

/// <summary>Which keys to list; null members do not filter. Everything runs in the database.</summary>
public sealed record ApiKeyQuery
{
    /// <summary>Part of name, description, id or hint.</summary>
    public string? Search { get; init; }

    /// <summary>Null means all but deleted ones.</summary>
    public KeyStatus? Status { get; init; }

    public KeyEnvironment? Environment { get; init; }

    public KeyPermission? Permission { get; init; }

    public KeyKind? Kind { get; init; }

    public string? OwnerId { get; init; }

    /// <summary>Only active keys whose value is older than the workspace's schedule for its kind.</summary>
    public bool RotationDue { get; init; }

    /// <summary>Only active keys not used for as many days as the workspace's settings say (and at least that old).</summary>
    public bool Unused { get; init; }

    /// <summary>Only active keys that expire within <see cref="ApiKey.ExpiresSoonDays"/>.</summary>
    public bool ExpiresSoon { get; init; }

    public ApiKeySort Sort { get; init; } = ApiKeySort.Created;

    public bool Descending { get; init; } = true;

    public int Skip { get; init; }

    /// <summary>Only keys after this one in the order "newest first"; for cursors that stay right while keys are made.</summary>
    public (DateTimeOffset CreatedAt, string Id)? After { get; init; }

    /// <summary>1…200</summary>
    public int Take { get; init; } = 50;
}

/// <summary>What a revocation did: the id and the instant from which the key is refused.</summary>
public sealed record Revocation(string Id, DateTimeOffset RevokedAt);
