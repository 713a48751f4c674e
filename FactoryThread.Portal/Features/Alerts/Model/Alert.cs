using FactoryThread.Portal.Data.Model;

namespace FactoryThread.Portal.Features.Alerts.Model;

/// <summary>Something a rule saw: what, against what, and what to do about it.</summary>
/// <param name="Subject">The key's id, or the address; there is one open alert per kind and subject.</param>
/// <param name="Occasion">Names this occurrence: the same one never alerts twice, even if it was resolved meanwhile.</param>
/// <param name="Summary">One sentence: what was seen, and against what.</param>
public sealed record Finding(AlertKind Kind, AlertLevel Level, string Subject, string SubjectName, string Occasion, string Summary, string ActionText, string ActionLink, DateTimeOffset At)
{
    /// <summary>The key it is about; null for an address.</summary>
    public string? KeyId { get; init; }
}

/// <summary>A finding that is or was somebody's business.</summary>
public sealed class Alert
{
    private Alert()
    {
    }

    public long Id { get; private set; }

    public AlertKind Kind { get; private set; }

    public AlertLevel Level { get; private set; }

    public string Subject { get; private set; } = "";

    public string SubjectName { get; private set; } = "";

    public string? KeyId { get; private set; }

    public string Occasion { get; private set; } = "";

    public string Summary { get; private set; } = "";

    public string ActionText { get; private set; } = "";

    public string ActionLink { get; private set; } = "";

    public DateTimeOffset RaisedAt { get; private set; }

    /// <summary>The latest time it was seen; about a key itself, the latest time it read differently.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>How many occasions there were while it was open.</summary>
    public int Occasions { get; private set; }

    public DateTimeOffset? AcknowledgedAt { get; private set; }

    public string? AcknowledgedBy { get; private set; }

    public DateTimeOffset? SnoozedUntil { get; private set; }

    public DateTimeOffset? ResolvedAt { get; private set; }

    public string? ResolvedBy { get; private set; }

    public static Alert Raise(Finding finding, DateTimeOffset now)
    {
        var alert = new Alert
        {
            Kind = finding.Kind,
            Level = finding.Level,
            Subject = finding.Subject,
            KeyId = finding.KeyId,
            RaisedAt = now,
            Occasions = 1,
        };
        alert.Take(finding);
        return alert;
    }

    /// <summary>Whether a finding would change nothing that people read but the time.</summary>
    public bool Says(Finding finding)
        => (SubjectName, Occasion, Summary, ActionText, ActionLink) == (finding.SubjectName, finding.Occasion, finding.Summary, finding.ActionText, finding.ActionLink);

    /// <summary>Adds what was seen to the open alert. True if it matters more than before, so that people should hear of it again.</summary>
    public bool Add(Finding finding)
    {
        if (finding.Occasion != Occasion)
        {
            Occasions++;
        }

        Take(finding);
        if (finding.Level <= Level)
        {
            return false;
        }

        // Whoever took note of the smaller trouble has not taken note of this.
        (Level, AcknowledgedAt, AcknowledgedBy, SnoozedUntil) = (finding.Level, null, null, null);
        return true;
    }

    public void Acknowledge(string by, DateTimeOffset now) => (AcknowledgedAt, AcknowledgedBy, SnoozedUntil) = (now, by, null);

    public void Snooze(DateTimeOffset until) => SnoozedUntil = until;

    public void Resolve(string by, DateTimeOffset now) => (ResolvedAt, ResolvedBy, SnoozedUntil) = (now, by, null);

    private void Take(Finding finding)
        => (SubjectName, Occasion, Summary, ActionText, ActionLink, LastSeenAt)
            = (finding.SubjectName, finding.Occasion, finding.Summary, finding.ActionText, finding.ActionLink, finding.At);
}

/// <summary>Which part of the inbox to show.</summary>
public enum InboxFilter
{
    /// <summary>Nobody has dealt with it.</summary>
    Open,
    Acknowledged,
    Snoozed,
    Resolved,
}

/// <summary>How many alerts there are in each part that is still somebody's business.</summary>
public sealed record InboxCounts(int Open, int Critical, int Acknowledged, int Snoozed);

/// <summary>How much the bell has to say; no number is larger than <see cref="Most"/>.</summary>
public sealed record OpenAlerts(int Open, int Critical)
{
    public const int Most = 100;
}

/// <summary>A row of the inbox.</summary>
/// <param name="OwnerRole">Of the owner of the key it is about; null if it is about none, or the key is gone.</param>
public sealed record AlertView(
    long Id, AlertKind Kind, AlertLevel Level, string SubjectName, string Summary, string ActionText, string ActionLink,
    DateTimeOffset RaisedAt, DateTimeOffset LastSeenAt, int Occasions,
    DateTimeOffset? AcknowledgedAt, string? AcknowledgedBy, DateTimeOffset? SnoozedUntil, DateTimeOffset? ResolvedAt, string? ResolvedBy,
    PortalRole? OwnerRole);

/// <summary>Alerts of a kind in a part of the inbox.</summary>
/// <param name="Newest">The highest id.</param>
public sealed record KindCount(AlertKind Kind, int Count, long Newest);
