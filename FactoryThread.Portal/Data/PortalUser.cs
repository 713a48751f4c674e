using FactoryThread.Portal.Data.Model;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Data;

/// <summary>A person who signs in to the portal.</summary>
public sealed class PortalUser : IdentityUser
{
    public DateTimeOffset CreatedAt { get; set; }

    public PortalRole Role { get; set; }

    /// <summary>Since when the person may not sign in and the keys they own are refused; null while enabled.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>When they last signed in; null if they never did.</summary>
    public DateTimeOffset? LastSignInAt { get; set; }
}
