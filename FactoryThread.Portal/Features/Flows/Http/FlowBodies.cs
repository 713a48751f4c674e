using System.Text.Json.Serialization;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>A flow as a key sees it that may not manage flows: what it is, not where it goes.</summary>
internal sealed record FlowAnswer(string Id, string Name, string? Description, string? Route, bool Published, DateTime CreatedAt, DateTime UpdatedAt)
{
    public static FlowAnswer Of(Flow flow)
        => new(flow.Id, flow.Name, flow.Description, flow.Route, flow.Published, flow.CreatedAt.UtcDateTime, flow.UpdatedAt.UtcDateTime);
}

/// <summary>A flow as the management API shows it.</summary>
internal sealed record ManagedFlowAnswer(
    string Id, string Name, string? Description, string? Route, bool Published, TargetBody Live, TargetBody Test, DateTime CreatedAt, DateTime UpdatedAt)
{
    public static ManagedFlowAnswer Of(Flow flow) => new(
        flow.Id,
        flow.Name,
        flow.Description,
        flow.Route,
        flow.Published,
        TargetBody.Of(flow.Live),
        TargetBody.Of(flow.Test),
        flow.CreatedAt.UtcDateTime,
        flow.UpdatedAt.UtcDateTime);
}

/// <summary>An execution, in the words of the answer that it gave; without its key's id if that is the key of somebody else and the caller's owner reaches only their own.</summary>
internal sealed record ExecutionAnswerBody(
    string ExecutionId, string FlowId, string Environment, string Status, DateTime StartedAt, long DurationMs, string? KeyId, int HttpStatus, string? Error)
{
    public static ExecutionAnswerBody Of(ExecutionRow row) => new(
        row.Id,
        row.FlowId,
        row.Test ? "test" : "live",
        row.Outcome == Outcome.Succeeded ? "succeeded" : "failed",
        row.At.UtcDateTime,
        (long)Math.Round(row.DurationMicros / 1000.0),
        row.KeyId,
        row.Status,
        row.Error);
}

/// <summary>A target: <c>{"type":"echo"}</c>, <c>{"type":"http","address":"https://…"}</c> or <c>{"type":"connection","connectionId":"con_…","path":"orders"}</c>.</summary>
internal sealed record TargetBody
{
    public string? Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Address { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConnectionId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    public static TargetBody Of(FlowTarget target)
        => target.IsEcho ? new() { Type = "echo" }
            : target.ConnectionId is null ? new() { Type = "http", Address = target.Address }
            : new() { Type = "connection", ConnectionId = target.ConnectionId, Path = target.Address ?? "" };

    public Result<FlowTarget> Read(string field) => (Type, Address, ConnectionId, Path) switch
    {
        ("echo", null, null, null) => FlowTarget.Echo,
        ("http", { } address, null, null) => new FlowTarget(address, null),
        ("connection", null, { Length: > 0 } connection, var path) => new FlowTarget(path, connection),
        _ => Failure.Invalid(field, "A target is {\"type\":\"echo\"}, {\"type\":\"http\",\"address\":…} or {\"type\":\"connection\",\"connectionId\":…,\"path\":…}."),
    };
}

/// <summary>The writable fields of a flow, as a caller sends them; what is absent stays as it is (or at its default), null clears.</summary>
internal sealed class FlowBody
{
    /// <summary>Only when creating.</summary>
    public string? Id { get; set; }

    public string? Name { get; set; }

    public string? Description
    {
        get;
        set
        {
            field = value;
            HasDescription = true;
        }
    }

    public string? Route
    {
        get;
        set
        {
            field = value;
            HasRoute = true;
        }
    }

    public bool? Published { get; set; }

    public TargetBody? Live { get; set; }

    public TargetBody? Test { get; set; }

    private bool HasDescription { get; set; }

    private bool HasRoute { get; set; }

    /// <summary>A change that lays these fields over given settings, so that it can be made on the state of the moment.</summary>
    public Result<Func<FlowSettings, FlowSettings>> Read()
    {
        Result<FlowTarget> noTarget = FlowTarget.Echo;
        if (!(Live?.Read("live") ?? noTarget).Succeeded(out var live, out var failure) || !(Test?.Read("test") ?? noTarget).Succeeded(out var test, out failure))
        {
            return failure;
        }

        return (Func<FlowSettings, FlowSettings>)(settings => settings with
        {
            Name = Name ?? settings.Name,
            Description = HasDescription ? Description : settings.Description,
            Route = HasRoute ? Route : settings.Route,
            Published = Published ?? settings.Published,
            Live = Live is null ? settings.Live : live,
            Test = Test is null ? settings.Test : test,
        });
    }
}

/// <summary>The writable fields of a connection. A header with a value is set, one with null removed; those not named stay.</summary>
internal sealed class ConnectionBody
{
    public string? Name { get; set; }

    public string? BaseAddress { get; set; }

    public Dictionary<string, string?>? Headers { get; set; }

    public ConnectionSettings Over(ConnectionSettings settings)
    {
        var headers = settings.Headers.Where(h => Headers?.Keys.Contains(h.Name, StringComparer.OrdinalIgnoreCase) != true)
            .Concat(Headers?.Where(h => h.Value is not null).Select(h => new SecretHeader(h.Key, h.Value)) ?? []);
        return settings with { Name = Name ?? settings.Name, BaseAddress = BaseAddress ?? settings.BaseAddress, Headers = [.. headers] };
    }
}

/// <summary>A connection: of its headers only the names.</summary>
internal sealed record ConnectionAnswer(
    string Id, string Name, string BaseAddress, IReadOnlyList<string> HeaderNames, IReadOnlyList<string> Flows, DateTime CreatedAt, DateTime UpdatedAt)
{
    public static ConnectionAnswer Of(ConnectionView view) => new(
        view.Id, view.Name, view.BaseAddress, view.HeaderNames, [.. view.UsedBy.Select(f => f.Id)], view.CreatedAt.UtcDateTime, view.UpdatedAt.UtcDateTime);
}
