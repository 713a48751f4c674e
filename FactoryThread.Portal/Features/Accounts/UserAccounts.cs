using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>How Identity's users are made and changed together with their audit entries. But for <see cref="OwnAsync"/> it asks nobody for a right: the services do.</summary>
public sealed class UserAccounts(IServiceScopeFactory scopes, AuditLog audit, TimeProvider time)
{
    private static readonly Failure NotSignedIn = Failure.Forbidden("You are no longer signed in. Sign in again.");
    private static readonly Failure Stale = Failure.Forbidden("You signed in more than 10 minutes ago. Sign in again to change how you sign in.");
    private static readonly Failure Locked = Failure.Conflict("Too many wrong tries. Wait 5 minutes, then try again.");

    /// <summary>
    /// Commits what the work did unless it failed. The transaction takes SQLite's write lock at its beginning, so that what was checked still
    /// holds when it commits.
    /// </summary>
    public async Task<Result<T>> InTransactionAsync<T>(Func<PortalDbContext, UserManager<PortalUser>, Task<Result<T>>> work, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDbContext>();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var result = await work(db, users);
        if (result.Failure is null)
        {
            // A caller who hangs up must not leave a change half done.
            await db.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        return result;
    }

    /// <summary>The same for somebody's own way of signing in, which who is held for want of a second factor may mend.</summary>
    /// <param name="right">What they do, such as <c>manages passkeys</c>.</param>
    public async Task<Result<T>> OwnAsync<T>(
        Caller caller, string right, Func<PortalDbContext, UserManager<PortalUser>, PortalUser, Task<Result<T>>> work, CancellationToken cancellationToken)
        => caller.HeldUserId is null && caller.Refused(PortalRole.Viewer, right) is { } refused
            ? refused
            : await InTransactionAsync<T>(
                async (db, users) => caller.PersonId is { } id && await users.FindByIdAsync(id) is { } user ? await work(db, users, user) : NotSignedIn,
                cancellationToken);

    public async Task<Result<PortalUser>> CreateAsync(
        PortalDbContext db, UserManager<PortalUser> users, NewUser wish, Func<PortalUser, Actor> actor, string? invitationId = null)
    {
        var email = wish.Email.Trim();
        if (email.Length > NewUser.MaxEmailLength)
        {
            return Failure.Invalid("email", $"An email address may have up to {NewUser.MaxEmailLength} characters.");
        }

        var user = new PortalUser { UserName = email, Email = email, Role = wish.Role, CreatedAt = time.GetUtcNow() };
        var created = wish.Password is null ? await users.CreateAsync(user) : await users.CreateAsync(user, wish.Password);
        if (!created.Succeeded)
        {
            return FailureOf(created);
        }

        audit.Append(db, actor(user), "user.created", user.Id, email, new { role = Code(wish.Role), invitation = invitationId });
        return user;
    }

    /// <summary>Why somebody may not change their own way of signing in: an unlocked screen or a stolen cookie must not become a way in that lasts.</summary>
    public static Failure? Unproven(Caller caller) => caller.ProvedLately ? null : Stale;

    /// <summary>Whether somebody proves that it is they. Wrong tries count towards the lockout, so they have to be committed.</summary>
    /// <returns>Why not, or null.</returns>
    public static async Task<Failure?> ProveAsync(UserManager<PortalUser> users, PortalUser user, Func<Task<bool>> right, Failure wrong)
    {
        if (await users.IsLockedOutAsync(user))
        {
            return Locked;
        }

        if (await right())
        {
            await users.ResetAccessFailedCountAsync(user);
            return null;
        }

        await users.AccessFailedAsync(user);
        return await users.IsLockedOutAsync(user) ? Locked : wrong;
    }

    public static string Code(PortalRole role) => role.ToString().ToLowerInvariant();

    public static Failure FailureOf(IdentityResult result)
    {
        var error = result.Errors.First();
        return error.Code switch
        {
            nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName)
                => Failure.Conflict("There is already a user with this email address.", "email"),
            nameof(IdentityErrorDescriber.InvalidEmail) or nameof(IdentityErrorDescriber.InvalidUserName)
                => Failure.Invalid("email", "This is not an email address."),
            nameof(IdentityErrorDescriber.PasswordTooShort)
                => Failure.Invalid("password", $"The password needs at least {NewUser.MinPasswordLength} characters."),
            _ => Failure.Invalid("password", error.Description),
        };
    }
}
