using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Signs people in and out of the current request, and records it with their address.</summary>
public sealed class SignInService(
    SignInManager<PortalUser> signIn,
    PortalDbContext db,
    AuditLog audit,
    SignInThrottle throttle,
    SessionService sessions,
    TimeProvider time,
    IHttpContextAccessor http)
{
    // One answer for a wrong password, an unknown and a disabled user: it must not tell who has an account.
    private static readonly Failure Wrong = Failure.Invalid("password", "The email or the password is not right.");
    private static readonly Failure Locked = Failure.Conflict("Too many failed attempts for this account. Wait 5 minutes, then try again.");
    private static readonly Failure Throttled = Failure.Conflict("Too many failed attempts from your network. Wait a minute, then try again.");

    private string? Address => http.HttpContext?.Connection.RemoteIpAddress?.ToString();

    public async Task<Result<PortalUser>> SignInAsync(string email, string password, CancellationToken cancellationToken)
    {
        if (!throttle.Allows(Address))
        {
            return Throttled;
        }

        var users = signIn.UserManager;
        if (await users.FindByEmailAsync(email.Trim()) is not { } user)
        {
            // Takes as long as a check would.
            users.PasswordHasher.HashPassword(new PortalUser(), password);
            throttle.CountFailure(Address);
            await RecordFailureAsync("user.sign_in_failed", "", "(no such user)", cancellationToken);
            return Wrong;
        }

        var wasLocked = await users.IsLockedOutAsync(user);
        var result = await signIn.CheckPasswordSignInAsync(user, password, lockoutOnFailure: true);
        if (result.Succeeded)
        {
            await BeginAsync(user, cancellationToken);
            return user;
        }

        throttle.CountFailure(Address);
        if (!wasLocked)
        {
            await RecordFailureAsync(result.IsLockedOut ? "user.locked_out" : "user.sign_in_failed", user.Id, user.Email!, cancellationToken);
        }

        return result.IsLockedOut ? Locked : Wrong;
    }

    /// <summary>Signs in somebody who has just proved themselves otherwise: by the set-up link.</summary>
    public async Task SignInNewAsync(string userId, CancellationToken cancellationToken)
    {
        if (await signIn.UserManager.FindByIdAsync(userId) is { } user)
        {
            await BeginAsync(user, cancellationToken);
        }
    }

    /// <summary>Renews this session after its user's password changed; the others end.</summary>
    public async Task RefreshAsync(string userId)
    {
        if (await signIn.UserManager.FindByIdAsync(userId) is { } user)
        {
            await signIn.SignInWithClaimsAsync(user, isPersistent: false, http.HttpContext!.User.FindAll(SessionService.ClaimType));
        }
    }

    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        var context = http.HttpContext!;
        if (await signIn.UserManager.GetUserAsync(context.User) is { } user)
        {
            audit.Append(db, UserService.ActorOf(user, Address), "user.signed_out", user.Id, user.Email!);
            var session = context.User.FindFirstValue(SessionService.ClaimType);
            db.RemoveRange(await db.Set<UserSession>().Where(s => s.Id == session).ToListAsync(cancellationToken));
            await db.SaveChangesAsync(cancellationToken);
        }

        await signIn.SignOutAsync();
    }

    private async Task BeginAsync(PortalUser user, CancellationToken cancellationToken)
    {
        user.LastSignInAt = time.GetUtcNow();
        audit.Append(db, UserService.ActorOf(user, Address), "user.signed_in", user.Id, user.Email!);
        var session = await sessions.BeginAsync(db, user.Id, Address, http.HttpContext!.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await signIn.SignInWithClaimsAsync(user, isPersistent: false, [new Claim(SessionService.ClaimType, session.Id)]);
    }

    private async Task RecordFailureAsync(string action, string userId, string name, CancellationToken cancellationToken)
    {
        audit.Append(db, new Actor(ActorKind.System, "anonymous", "Somebody not signed in", Address), action, userId, name);
        await db.SaveChangesAsync(cancellationToken);
    }
}
