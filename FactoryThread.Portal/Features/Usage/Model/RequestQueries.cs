namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>Which requests of one key to read from the log, newest first; null members do not filter.</summary>
public sealed record RequestQuery
{
    public required string KeyId { get; init; }

    /// <summary>The first instant.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that no longer belongs to it.</summary>
    public DateTimeOffset? To { get; init; }

    public Outcome? Outcome { get; init; }

    public string? FlowId { get; init; }

    public string? Address { get; init; }

    /// <summary>A verdict's code or what failed, such as <c>rate_limited</c>.</summary>
    public string? Code { get; init; }

    /// <summary>Continue after a page: its <see cref="RequestPage.Next"/>.</summary>
    public long? BeforeId { get; init; }

    /// <summary>1…200</summary>
    public int Take { get; init; } = 50;
}

/// <summary>Some requests, newest first, and where to go on; null at the end.</summary>
/// <remarks>A page may hold fewer rows than asked for, even none, although there are more: one look reads a bounded number of rows.</remarks>
public sealed record RequestPage(IReadOnlyList<RequestLogEntry> Items, long? Next);

/// <summary>Which executions to read, newest first; null members do not filter.</summary>
public sealed record ExecutionQuery
{
    /// <summary>Only executions of these flows; an empty collection finds none.</summary>
    public IReadOnlyCollection<string>? FlowIds { get; init; }

    /// <summary>Only executions started by this key.</summary>
    public string? KeyId { get; init; }

    public string? ExecutionId { get; init; }

    public Outcome? Outcome { get; init; }

    /// <summary>Continue after a page: its <see cref="ExecutionPage.Next"/>.</summary>
    public long? BeforeId { get; init; }

    /// <summary>1…200</summary>
    public int Take { get; init; } = 50;
}

/// <summary>Some executions, newest first, and the <see cref="ExecutionQuery.BeforeId"/> of the next page; null at the end.</summary>
public sealed record ExecutionPage(IReadOnlyList<RequestLogEntry> Items, long? Next);
