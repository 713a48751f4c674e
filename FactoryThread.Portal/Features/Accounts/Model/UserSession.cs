namespace FactoryThread.Portal.Features.Accounts.Model;

/// <summary>A browser in which somebody is signed in. Deleting the row ends the session.</summary>
public sealed class UserSession
{
    public const int MaxUserAgentLength = 300;

    private UserSession()
    {
    }

    public string Id { get; private set; } = "";

    public string UserId { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>The latest request or open page, to about a minute.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>It was opened with more than a password: a code, a passkey, or a provider that says so.</summary>
    public bool SecondFactor { get; private set; }

    /// <summary>When the person last proved that it is they, by signing in or by confirming.</summary>
    public DateTimeOffset? ConfirmedAt { get; private set; }

    public string? Address { get; private set; }

    public string? UserAgent { get; private set; }

    public static UserSession Begin(string userId, string? address, string? userAgent, bool secondFactor, DateTimeOffset now) => new()
    {
        Id = Guid.NewGuid().ToString("n"),
        UserId = userId,
        CreatedAt = now,
        LastSeenAt = now,
        SecondFactor = secondFactor,
        ConfirmedAt = now,
        Address = address,
        UserAgent = userAgent?.Length > MaxUserAgentLength ? userAgent[..MaxUserAgentLength] : userAgent,
    };

    /// <summary>The person has proved again that it is they.</summary>
    public void Confirm(DateTimeOffset now) => ConfirmedAt = now;
}

/// <summary>A session as its user sees it.</summary>
/// <param name="IsThis">The one that asks.</param>
public sealed record SessionView(string Id, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, string? Address, string? UserAgent, bool IsThis);
