namespace FactoryThread.Portal.Features.Audit.Model;

/// <summary>Which entries to read, newest first; null members do not filter.</summary>
public sealed record AuditQuery
{
    public string? ActorId { get; init; }

    /// <summary>An action such as <c>api_key.revoked</c>, or a subject's type such as <c>api_key</c> for all that happened to any.</summary>
    public string? Action { get; init; }

    /// <summary>A subject's id, or the beginning of its name at that time.</summary>
    public string? Subject { get; init; }

    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that does not belong to the range.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only entries up to this id.</summary>
    public long? UpToId { get; init; }

    /// <summary>Continue after a page: its <see cref="AuditPage.Next"/>.</summary>
    public AuditCursor? After { get; init; }

    /// <summary>1…1000</summary>
    public int Take { get; init; } = 50;
}

/// <summary>A place in the record, in the order "newest first".</summary>
public sealed record AuditCursor(DateTimeOffset At, long Id);

/// <summary>Some entries, newest first, and where to go on; null at the end.</summary>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Items, AuditCursor? Next);

/// <summary>Somebody who stands in the record.</summary>
/// <param name="Name">As it was at their latest action.</param>
public sealed record AuditActor(string Id, string Name);

/// <summary>The state of the chain: its newest entry, and the first place at which it does not hold.</summary>
/// <param name="Break">A sentence that names the row; null if the chain holds.</param>
public sealed record AuditChainState(long Entries, long LastId, string LastHash, string? Break);
