using FactoryThread.Portal.Data.Model;

namespace FactoryThread.Portal.Features.Accounts.Model;

/// <summary>A portal user as others see them.</summary>
/// <param name="DisabledAt">Since when they may not sign in; null while enabled.</param>
/// <param name="LastSignInAt">Null if they never did.</param>
/// <param name="SecondFactor">Signing in takes a code of an authenticator app.</param>
/// <param name="ActiveKeys">Keys they own that are neither deleted, revoked nor expired; only counted for the list.</param>
public sealed record UserSummary(string Id, string Email, PortalRole Role, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, DateTimeOffset? LastSignInAt = null, int ActiveKeys = 0, bool SecondFactor = false)
{
    public bool IsAdministrator => Role == PortalRole.Administrator;
}

/// <summary>A wish for a new portal user.</summary>
/// <param name="Password">At least <see cref="MinPasswordLength"/> characters, of any kind, and not easy to guess; null for somebody who signs in elsewhere.</param>
public sealed record NewUser(string Email, string? Password, PortalRole Role)
{
    public const int MinPasswordLength = 12;
    public const int MaxPasswordLength = 256;
    public const int MaxEmailLength = 200;

    /// <summary>Without the password, whatever prints it.</summary>
    public override string ToString() => $"NewUser {Email}";
}
