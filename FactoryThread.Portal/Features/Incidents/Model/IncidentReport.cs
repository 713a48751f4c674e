using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Incidents.Model;

/// <summary>What a person reports about a key.</summary>
/// <param name="Since">Since when others may have had it.</param>
/// <param name="Note">How it came out, in words; up to 1000 characters.</param>
/// <param name="Replace">Make a new key with the same settings.</param>
public sealed record CompromiseWish(DateTimeOffset Since, string? Note, bool Replace);

/// <summary>What was done about a reported key.</summary>
/// <param name="Replacement">Null if none was wished for, or none could be made.</param>
/// <param name="NoReplacement">Why there is none although it was wished for.</param>
public sealed record CompromiseOutcome(Revocation Revocation, RevealedKey? Replacement, string? NoReplacement);

/// <summary>An address or a program that used a key.</summary>
/// <param name="IsNew">Not seen with this key before the suspected date.</param>
public sealed record SuspectCaller(
    string? Address, string? UserAgent, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Requests, long Refused, bool IsNew);

/// <summary>A flow that a key was used on; the id is empty for requests that name none.</summary>
/// <param name="PerDayBefore">Requests per day in the 30 days before the suspected date.</param>
public sealed record SuspectFlow(string FlowId, long Requests, double PerDayBefore, bool IsNew);

/// <summary>A key's use since a date against its use before.</summary>
/// <param name="Since">The suspected date; all that is counted begins with the hour it lies in.</param>
/// <param name="PerDayBefore">Requests per day in the (up to) 30 days before.</param>
/// <param name="Callers">New ones first, then by the number of requests; at most <see cref="MostCallers"/>.</param>
/// <param name="Cut">There were more requests than are looked at for the callers; counts and flows are complete.</param>
public sealed record SuspectUse(
    DateTimeOffset Since,
    DateTimeOffset Until,
    long Requests,
    long Succeeded,
    long Failed,
    long Refused,
    double PerDay,
    double PerDayBefore,
    int NewAddresses,
    IReadOnlyList<SuspectCaller> Callers,
    IReadOnlyList<SuspectFlow> Flows,
    bool Cut)
{
    public const int MostCallers = 100;

    public int NewFlows => Flows.Count(f => f.IsNew && f.FlowId.Length > 0);
}

/// <summary>Everything about a compromised key that the security team needs, and no value of it.</summary>
public sealed record IncidentReport(
    ApiKeyDetails Key,
    DateTimeOffset SuspectedSince,
    DateTimeOffset ReportedAt,
    string ReportedBy,
    string? Note,
    DateTimeOffset? RefusedSince,
    string? ReplacementId,
    string? ReplacementHint,
    SuspectUse Use,
    DateTimeOffset GeneratedAt);
