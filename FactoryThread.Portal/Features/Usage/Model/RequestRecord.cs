namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>How an answered request ended, for counting.</summary>
public enum Outcome
{
    /// <summary>Let through, and what it asked for was done.</summary>
    Succeeded,

    /// <summary>Let through, but what it asked for failed (the flow, or the request itself).</summary>
    Failed,

    /// <summary>Not let through.</summary>
    Refused,
}

/// <summary>One answered request of an issued key, as the recorder takes it.</summary>
public readonly record struct RequestRecord
{
    /// <summary>When the request was judged, UTC milliseconds since 1970.</summary>
    public required long At { get; init; }

    public required string KeyId { get; init; }

    /// <summary>Which of the key's values was presented (<c>ApiKeySecret.Id</c>).</summary>
    public long SecretId { get; init; }

    /// <summary>The flow asked for, if the request named one.</summary>
    public string? FlowId { get; init; }

    /// <summary>Method and pattern of the route, such as <c>POST /flows/{flowId}/execute</c>; a constant, never the caller's text.</summary>
    public required string Route { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>The verdict's code (<c>valid_key</c>, <c>rate_limited</c>, …) or what failed (<c>flow_failed</c>, …).</summary>
    public required string Code { get; init; }

    /// <summary>The HTTP status that was answered.</summary>
    public required int Status { get; init; }

    /// <summary>Microseconds from the start of the request to its recording.</summary>
    public required long DurationMicros { get; init; }

    /// <summary>The client's address, IPv4 or IPv6 as text.</summary>
    public string? Address { get; init; }

    /// <summary>The first 200 characters of the client's <c>User-Agent</c>.</summary>
    public string? UserAgent { get; init; }

    /// <summary>As in the answer's <c>X-Request-Id</c>.</summary>
    public string? RequestId { get; init; }

    /// <summary>The execution that the request started, <c>exe_…</c>.</summary>
    public string? ExecutionId { get; init; }

    /// <summary>Why the execution failed, or what was asked for that does not exist, in a sentence.</summary>
    public string? Error { get; init; }

    /// <summary>The request counted against the key's limits.</summary>
    public bool Counted { get; init; }

    /// <summary>The key is a test key.</summary>
    public bool Test { get; init; }
}

/// <summary>A recorded request; also, in a table of their own, those that started an execution.</summary>
public sealed class RequestLogEntry
{
    /// <summary>Given by the mover. In the log it ascends from slice to slice, among the executions from answer to answer.</summary>
    public long Id { get; set; }

    public DateTimeOffset At { get; set; }

    public string KeyId { get; set; } = "";

    public long SecretId { get; set; }

    public string? FlowId { get; set; }

    public string Route { get; set; } = "";

    public Outcome Outcome { get; set; }

    public string Code { get; set; } = "";

    public int Status { get; set; }

    public long DurationMicros { get; set; }

    public string? Address { get; set; }

    public string? UserAgent { get; set; }

    public string? RequestId { get; set; }

    public string? ExecutionId { get; set; }

    public string? Error { get; set; }

    public bool Counted { get; set; }

    public bool Test { get; set; }
}

/// <summary>Roll-up of one key's requests in one UTC hour, per flow and outcome.</summary>
public sealed class UsageHour
{
    public string KeyId { get; set; } = "";

    /// <summary>Start of the hour, UTC.</summary>
    public DateTimeOffset Hour { get; set; }

    /// <summary>Empty for requests that name no flow.</summary>
    public string FlowId { get; set; } = "";

    public Outcome Outcome { get; set; }

    public long Count { get; set; }

    /// <summary>How many of them counted against the limits.</summary>
    public long Counted { get; set; }

    public long DurationSumMicros { get; set; }

    public long DurationMaxMicros { get; set; }

    /// <summary>The latest of them.</summary>
    public DateTimeOffset LastAt { get; set; }
}

/// <summary>Missing, malformed and unknown credentials, per minute, verdict code and address; kept in memory for up to a second.</summary>
public sealed class CredentialFailures
{
    public DateTimeOffset Minute { get; set; }

    public string Code { get; set; } = "";

    public string Address { get; set; } = "";

    public long Count { get; set; }
}

/// <summary>Up to which intake batch the log and the roll-ups contain everything; one row.</summary>
public sealed class IntakeWatermark
{
    public int Id { get; set; }

    public long BatchId { get; set; }

    /// <summary>The id of the newest log row ever written: ids are never reused, whatever retention removes.</summary>
    public long LogId { get; set; }
}
