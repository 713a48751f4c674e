using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.Passkeys;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>How far a sign-in has come.</summary>
public enum SignInStep
{
    /// <summary>The person is signed in.</summary>
    Done,

    /// <summary>Their authenticator app's code is asked for next.</summary>
    Code,
}

/// <summary>Signs people in and out of the current request, and records it with their address.</summary>
public sealed class SignInService(
    SignInManager<PortalUser> signIn,
    PortalDbContext db,
    AuditLog audit,
    SignInThrottle throttle,
    SessionService sessions,
    PasskeyCeremony passkeys,
    TimeProvider time,
    IHttpContextAccessor http)
{
    // One answer for a wrong password, an unknown and a disabled user: it must not tell who has an account.
    private static readonly Failure Wrong = Failure.Invalid("password", "The email or the password is not right.");
    private static readonly Failure Locked = Failure.Conflict("Too many failed attempts for this account. Wait 5 minutes, then try again.");
    private static readonly Failure WrongCode = Failure.Invalid("code", "This code is not right, or was used before. Wait for the next one in your app.");
    private static readonly Failure Throttled = Failure.Conflict("Too many failed attempts from your network. Wait a minute, then try again.");

    private string? Address => http.HttpContext?.Connection.RemoteIpAddress?.ToString();

    /// <returns>Whether a code is still to come, <see cref="VerifyCodeAsync"/>; if not, the person is signed in.</returns>
    public async Task<Result<SignInStep>> SignInAsync(string email, string password, CancellationToken cancellationToken)
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
            return await ContinueAsync(user, "password", cancellationToken);
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
            await BeginAsync(user, "link", secondFactor: false, cancellationToken);
        }
    }

    /// <summary>Goes on with somebody whom the company's provider has signed in.</summary>
    /// <param name="severalFactors">It had more than a password of them (RFC 8176, <c>mfa</c>).</param>
    public async Task<SignInStep> SignInFromProviderAsync(string userId, bool severalFactors, CancellationToken cancellationToken)
    {
        var user = await signIn.UserManager.FindByIdAsync(userId) ?? throw new InvalidOperationException("The user has just been looked up.");
        if (!severalFactors)
        {
            return await ContinueAsync(user, "provider", cancellationToken);
        }

        await BeginAsync(user, "provider, second factor", secondFactor: true, cancellationToken);
        return SignInStep.Done;
    }

    /// <summary>Completes a sign-in with a code of the authenticator app or a recovery code.</summary>
    public async Task<Result<bool>> VerifyCodeAsync(string? code, CancellationToken cancellationToken)
    {
        if (!throttle.Allows(Address))
        {
            return Throttled;
        }

        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { } user || !await signIn.CanSignInAsync(user))
        {
            return Failure.Conflict("Signing in took too long. Begin again with your password.");
        }

        var users = signIn.UserManager;
        if (await users.IsLockedOutAsync(user))
        {
            return Locked;
        }

        // Holds the write lock, so that one code lets one sign-in through.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var (right, recovery) = await SecondFactorService.CheckAsync(users, user, code, recoveryCodesCount: true);
        if (right)
        {
            await users.ResetAccessFailedCountAsync(user);
            if (recovery)
            {
                audit.Append(db, UserService.ActorOf(user, Address), "user.recovery_code_used", user.Id, user.Email!, new { left = await users.CountRecoveryCodesAsync(user) });
            }

            await BeginAsync(user, recovery ? "recovery code" : "code", secondFactor: true, cancellationToken);
            await transaction.CommitAsync(CancellationToken.None);
            await http.HttpContext!.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);
            return true;
        }

        throttle.CountFailure(Address);
        await users.AccessFailedAsync(user);
        var locked = await users.IsLockedOutAsync(user);
        await RecordFailureAsync(locked ? "user.locked_out" : "user.code_failed", user.Id, user.Email!, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return locked ? Locked : WrongCode;
    }

    /// <summary>Signs in the owner of a passkey, which counts as both factors.</summary>
    public async Task<Result<bool>> SignInWithPasskeyAsync(string? credential, CancellationToken cancellationToken)
    {
        if (!throttle.Allows(Address))
        {
            return Throttled;
        }

        if (!(await passkeys.VerifyAsync(credential)).Succeeded(out var user, out var failure))
        {
            throttle.CountFailure(Address);
            await RecordFailureAsync("user.passkey_failed", "", "(no such passkey)", cancellationToken);
            return failure;
        }

        if (await signIn.UserManager.IsLockedOutAsync(user))
        {
            return Locked;
        }

        if (!await signIn.CanSignInAsync(user))
        {
            await RecordFailureAsync("user.passkey_failed", user.Id, user.Email!, cancellationToken);
            return Failure.Invalid("passkey", "This passkey is not known here, or was not accepted.");
        }

        await BeginAsync(user, "passkey", secondFactor: true, cancellationToken);
        return true;
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

    /// <summary>Whom the record names where nobody is signed in.</summary>
    internal static Actor Anonymous(string? address) => new(ActorKind.System, "anonymous", "Somebody not signed in", address);

    private async Task<SignInStep> ContinueAsync(PortalUser user, string with, CancellationToken cancellationToken)
    {
        if (!user.TwoFactorEnabled)
        {
            await BeginAsync(user, with, secondFactor: false, cancellationToken);
            return SignInStep.Done;
        }

        // What GetTwoFactorAuthenticationUserAsync reads.
        var half = new ClaimsIdentity([new Claim(ClaimTypes.Name, user.Id)], IdentityConstants.TwoFactorUserIdScheme);
        await http.HttpContext!.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(half));
        return SignInStep.Code;
    }

    /// <param name="with">For the record, such as <c>password</c>.</param>
    private async Task BeginAsync(PortalUser user, string with, bool secondFactor, CancellationToken cancellationToken)
    {
        user.LastSignInAt = time.GetUtcNow();
        audit.Append(db, UserService.ActorOf(user, Address), "user.signed_in", user.Id, user.Email!, new { with });
        var agent = http.HttpContext!.Request.Headers.UserAgent.ToString() is { Length: > 0 } named ? named : null;
        // Whoever signs in over an open session of this browser leaves none behind.
        var before = http.HttpContext!.User.FindFirstValue(SessionService.ClaimType);
        await db.Set<UserSession>().Where(s => s.Id == before).ExecuteDeleteAsync(cancellationToken);
        var session = await sessions.BeginAsync(db, user.Id, Address, agent, secondFactor, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await signIn.SignInWithClaimsAsync(user, isPersistent: false, [new Claim(SessionService.ClaimType, session.Id)]);
    }

    private async Task RecordFailureAsync(string action, string userId, string name, CancellationToken cancellationToken)
    {
        audit.Append(db, Anonymous(Address), action, userId, name);
        await db.SaveChangesAsync(cancellationToken);
    }
}
