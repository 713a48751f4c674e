using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Access;

/// <summary>What a request wants to do with a key.</summary>
public enum KeyAction
{
    /// <summary>Execute the flow it names.</summary>
    Execute,

    /// <summary>View flow definitions or executions; of the flow it names, if it names one.</summary>
    View,

    /// <summary>Use the management API for keys and flows.</summary>
    Manage,

    /// <summary>Manage connections, which takes an administrator as the key's owner.</summary>
    ManageConnections,

    /// <summary>Nothing but be known: the key acts on itself.</summary>
    Self,
}

/// <summary>Endpoint metadata: a key opens this endpoint, for this. A route value <c>flowId</c> names the flow.</summary>
public sealed record KeyAccess(KeyAction Action);

/// <summary>The key as the verdict saw it; immutable.</summary>
public sealed record KeySnapshot
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public KeyEnvironment Environment { get; init; }

    public KeyPermission Permission { get; init; }

    /// <summary>Allowed flow ids; empty unless the permission is Specific flows.</summary>
    public required IReadOnlySet<string> Flows { get; init; }

    public required string OwnerId { get; init; }

    public required string OwnerName { get; init; }

    public bool OwnerIsAdministrator { get; init; }
}

/// <summary>The door for HTTP endpoints: reads the key of a request, has it judged, answers refusals, records calls.</summary>
public sealed class KeyGate
{
    /// <summary>Judges the request's key. An admitted call has been counted against the limits and its answer carries the limit headers.</summary>
    /// <param name="route">Method and route pattern for the log, such as <c>POST /flows/{flowId}/execute</c>.</param>
    public ValueTask<KeyCall> AdmitAsync(HttpContext context, KeyAction action, string? flowId, string route) => throw new NotImplementedException();

    /// <summary>Records the refusal and writes its problem answer.</summary>
    public ValueTask RefuseAsync(HttpContext context, KeyCall call) => throw new NotImplementedException();

    /// <summary>
    /// Commits the record of an admitted call; to be awaited before the answer is sent. False if that was impossible: the answer is then
    /// already written (503) and the caller returns.
    /// </summary>
    public ValueTask<bool> RecordAsync(HttpContext context, KeyCall call, Outcome outcome, int status, string? executionId = null, string code = "valid_key", string? error = null)
        => throw new NotImplementedException();
}

/// <summary>A request that has been judged.</summary>
public sealed class KeyCall
{
    public bool Admitted { get; init; }

    /// <summary>Not null when admitted.</summary>
    public KeySnapshot? Key { get; init; }

    public string? FlowId { get; init; }
}
