using FactoryThread.Portal.Data.Model;

namespace FactoryThread.Portal.Features.Accounts.Model;

/// <summary>Somebody was asked to become a user. Whoever has the link becomes it, once and for a while; only the link's hash is kept.</summary>
public sealed class Invitation
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private Invitation()
    {
    }

    public string Id { get; private set; } = "";

    public string Email { get; private set; } = "";

    public PortalRole Role { get; private set; }

    public byte[] TokenHash { get; private set; } = [];

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>The administrator's id; null from the command line.</summary>
    public string? CreatedById { get; private set; }

    public string CreatedBy { get; private set; } = "";

    /// <summary>The instant from which the link no longer works.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    public DateTimeOffset? AcceptedAt { get; private set; }

    public DateTimeOffset? RevokedAt { get; private set; }

    public static Invitation Create(string email, PortalRole role, byte[] tokenHash, string? createdById, string createdBy, DateTimeOffset now) => new()
    {
        Id = Guid.NewGuid().ToString("n"),
        Email = email,
        Role = role,
        TokenHash = tokenHash,
        CreatedAt = now,
        CreatedById = createdById,
        CreatedBy = createdBy,
        ExpiresAt = now + Lifetime,
    };

    public void Accept(DateTimeOffset now) => AcceptedAt = now;

    public void Revoke(DateTimeOffset now) => RevokedAt = now;
}

/// <summary>An invitation that can still be accepted.</summary>
public sealed record InvitationView(string Id, string Email, PortalRole Role, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>A new invitation with the token of its link, which exists nowhere else.</summary>
public sealed record NewInvitation(InvitationView Invitation, string Token)
{
    /// <summary>Without the token, whatever prints it.</summary>
    public override string ToString() => $"NewInvitation {Invitation.Email}";
}
