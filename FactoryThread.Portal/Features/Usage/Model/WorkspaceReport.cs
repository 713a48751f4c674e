namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>What the newest requests say of the most used keys and of those in trouble.</summary>
/// <param name="Latency">Null if none was let through.</param>
/// <param name="Callers">Those seen last.</param>
/// <param name="Troubles">The most frequent ones.</param>
public sealed record WorkspaceSample(UsageLatency? Latency, IReadOnlyList<CallerSeen> Callers, IReadOnlyList<TroubleUsage> Troubles);

/// <summary>Requests of a key that came to nothing for one reason.</summary>
/// <param name="Code">As the log and the answers name it, such as <c>rate_limited</c>.</param>
public sealed record TroubleUsage(UsageKey Key, Outcome Outcome, string Code, long Count);

/// <summary>What the keys of a scope did in a range.</summary>
/// <param name="Buckets">In order and without gaps.</param>
/// <param name="Keys">The most used ones.</param>
/// <param name="Troubled">Those with most requests that were refused or failed, used much or not.</param>
/// <param name="KeyCount">Keys with a request in the range.</param>
/// <param name="Flows">The most used ones; an empty id stands for requests that name none.</param>
/// <param name="Failures">Null for a scope of some keys only: nobody knows whose key was meant.</param>
public sealed record WorkspaceReport(
    UsageRange Range,
    UsageCounts Counts,
    IReadOnlyList<UsageBucket> Buckets,
    IReadOnlyList<KeyUsage> Keys,
    IReadOnlyList<UsageKey> Troubled,
    int KeyCount,
    IReadOnlyList<FlowUsage> Flows,
    FailedCredentials? Failures);

/// <summary>One key's requests.</summary>
public sealed record KeyUsage(UsageKey Key, UsageCounts Counts, DateTimeOffset LastAt);

/// <summary>Requests whose credentials belong to no key.</summary>
/// <param name="Addresses">From where most of them came.</param>
/// <param name="AddressCount">Different addresses.</param>
public sealed record FailedCredentials(long Total, IReadOnlyList<AddressFailures> Addresses, int AddressCount);

/// <summary>Those from one address; empty if it was not known, <c>other</c> for all beyond what is told apart.</summary>
/// <param name="Codes">Verdict codes and how often, the most frequent first.</param>
/// <param name="LastAt">To the minute.</param>
public sealed record AddressFailures(string Address, long Total, IReadOnlyList<(string Code, long Count)> Codes, DateTimeOffset LastAt);
