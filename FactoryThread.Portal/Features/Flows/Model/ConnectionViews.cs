namespace FactoryThread.Portal.Features.Flows.Model;

/// <summary>A header that opens a target. Its value goes in and never comes out again.</summary>
/// <param name="Value">Null keeps the value stored under this name.</param>
public sealed record SecretHeader(string Name, string? Value)
{
    /// <summary>Without the value, whatever prints it.</summary>
    public override string ToString() => $"SecretHeader {Name}";
}

/// <summary>What of a connection can be chosen; checked by the service.</summary>
public sealed record ConnectionSettings
{
    public required string Name { get; init; }

    public required string BaseAddress { get; init; }

    public IReadOnlyList<SecretHeader> Headers { get; init; } = [];
}

/// <summary>A connection as it may be shown: of the headers only the names.</summary>
/// <param name="UsedBy">The flows with a target through it, by name.</param>
public sealed record ConnectionView(
    string Id,
    string Name,
    string BaseAddress,
    IReadOnlyList<string> HeaderNames,
    IReadOnlyList<FlowName> UsedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>A flow's id and name.</summary>
public sealed record FlowName(string Id, string Name);

/// <summary>How many active keys may execute a flow.</summary>
/// <param name="AllFlows">Keys that may execute every flow.</param>
/// <param name="Selected">Keys with this flow among their selected ones.</param>
public sealed record FlowKeys(int AllFlows, int Selected)
{
    public int Total => AllFlows + Selected;
}
