namespace FactoryThread.Portal.Features.Incidents.Model;

/// <summary>A place at which somebody else found a value of a key.</summary>
public sealed class LeakReport
{
    public const int MaxUrlLength = 2000;

    private LeakReport()
    {
    }

    public long Id { get; private set; }

    public string KeyId { get; private set; } = "";

    /// <summary>Which of the key's values.</summary>
    public long SecretId { get; private set; }

    public string Hint { get; private set; } = "";

    public DateTimeOffset ReceivedAt { get; private set; }

    /// <summary>Who reported it.</summary>
    public string Source { get; private set; } = "";

    /// <summary>Where it was found; empty if the report does not say.</summary>
    public string Url { get; private set; } = "";

    public string? Place { get; private set; }

    /// <summary>Somebody looked at it and found nothing to do.</summary>
    public DateTimeOffset? DismissedAt { get; private set; }

    public string? DismissedBy { get; private set; }

    public static LeakReport Create(string keyId, long secretId, string hint, string source, string url, string? place, DateTimeOffset now) => new()
    {
        KeyId = keyId,
        SecretId = secretId,
        Hint = hint,
        ReceivedAt = now,
        Source = source,
        Url = url,
        Place = place,
    };

    public void Dismiss(string by, DateTimeOffset now) => (DismissedAt, DismissedBy) = (DismissedAt ?? now, DismissedBy ?? by);
}

/// <summary>A report with the name of its key.</summary>
/// <param name="Works">The reported value can be used now: the key is active and the value is not replaced.</param>
public sealed record LeakReportView(LeakReport Report, string KeyName, bool Works);
