namespace FactoryThread.Portal.Features.Audit.Model;

/// <summary>What kind of party acted.</summary>
public enum ActorKind
{
    User,
    ApiKey,
    CommandLine,
    System,
}

/// <summary>Who acts: a portal user, an API key, somebody at the command line, or the portal itself.</summary>
/// <param name="Id">User or key id; for the command line the operating system's user name.</param>
/// <param name="Name">As shown to people.</param>
/// <param name="Address">Network address the action came from, where there is one.</param>
public sealed record Actor(ActorKind Kind, string Id, string Name, string? Address = null)
{
    public static Actor System { get; } = new(ActorKind.System, "system", "FactoryThread Portal");

    public static Actor CommandLine { get; } = new(ActorKind.CommandLine, Environment.UserName, $"{Environment.UserName} (command line)");
}

/// <summary>One line of the append-only record of who did what.</summary>
public sealed class AuditEntry
{
    public long Id { get; private set; }

    public DateTimeOffset At { get; private set; }

    public ActorKind ActorKind { get; private set; }

    public string ActorId { get; private set; } = "";

    public string ActorName { get; private set; } = "";

    public string? Address { get; private set; }

    /// <summary>What happened, as <c>subject.verb</c>: <c>api_key.created</c>.</summary>
    public string Action { get; private set; } = "";

    public string SubjectType { get; private set; } = "";

    public string SubjectId { get; private set; } = "";

    /// <summary>The subject's name at that time.</summary>
    public string SubjectName { get; private set; } = "";

    /// <summary>JSON object of what changed: <c>{"field":{"from":…,"to":…}}</c>, or the facts of the event; null when there is nothing to add.</summary>
    public string? Details { get; private set; }

    /// <summary>SHA-256 over the previous entry's hash and this entry's content (<see cref="AuditHash"/>); written by the database as it inserts the row.</summary>
    public byte[] Hash { get; private set; } = [];

    public static AuditEntry Create(DateTimeOffset at, Actor actor, string action, string subjectId, string subjectName, string? details = null)
        => new()
        {
            At = at,
            ActorKind = actor.Kind,
            ActorId = actor.Id,
            ActorName = actor.Name,
            Address = actor.Address,
            Action = action,
            SubjectType = action[..action.IndexOf('.', StringComparison.Ordinal)],
            SubjectId = subjectId,
            SubjectName = subjectName,
            Details = details,
        };
}
