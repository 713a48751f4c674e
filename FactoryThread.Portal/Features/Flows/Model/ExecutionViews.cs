using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Flows.Model;

/// <summary>An execution as people see it: with the names of flow and key as they are today.</summary>
public sealed record ExecutionRow
{
    /// <summary><c>exe_…</c></summary>
    public required string Id { get; init; }

    public required string FlowId { get; init; }

    public required string FlowName { get; init; }

    /// <summary>Null if it is not (or not any more) a key of the viewer, who sees only their own; then nothing tells where the call came from either.</summary>
    public required string? KeyId { get; init; }

    /// <summary>Null if the key is not in the database any more, or not shown.</summary>
    public string? KeyName { get; init; }

    public bool Test { get; init; }

    public Outcome Outcome { get; init; }

    /// <summary>The HTTP status that was answered.</summary>
    public int Status { get; init; }

    public DateTimeOffset At { get; init; }

    public long DurationMicros { get; init; }

    public string? Error { get; init; }

    public required string Route { get; init; }

    public string? Address { get; init; }

    public string? UserAgent { get; init; }

    public string? RequestId { get; init; }
}

/// <summary>Some executions, newest first, and where to go on; null at the end.</summary>
public sealed record ExecutionRows(IReadOnlyList<ExecutionRow> Items, long? Next);

/// <summary>The latest execution of a flow.</summary>
public sealed record LastRun(DateTimeOffset At, Outcome Outcome);
