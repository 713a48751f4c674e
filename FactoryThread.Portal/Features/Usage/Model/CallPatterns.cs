namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>Requests of one key that were let through, alike in flow, route and address.</summary>
/// <param name="Route">Method and pattern, such as <c>POST /flows/{flowId}/execute</c>.</param>
public sealed record CallPattern(string? FlowId, string Route, string? Address, long Requests);

/// <summary>What a key did since an instant.</summary>
/// <param name="Complete">False if there were more requests than one look reads; the newest count then.</param>
public sealed record CallPatterns(IReadOnlyList<CallPattern> Patterns, bool Complete)
{
    public long Requests => Patterns.Sum(p => p.Requests);
}

/// <summary>Who presented one value of a key, and for what.</summary>
public sealed record ValueUser(string? Address, string? UserAgent, string? FlowId, long Requests, DateTimeOffset LastAt);

/// <summary>Who presented one value of a key since an instant.</summary>
/// <param name="Latest">The latest ones.</param>
/// <param name="Count">How many there are in all.</param>
/// <param name="Complete">False if there were more requests than one look reads; the newest count then.</param>
public sealed record ValueUsers(IReadOnlyList<ValueUser> Latest, int Count, bool Complete);
