using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Store;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>All that may be done to portal users; each change and its audit entry share one transaction.</summary>
public sealed class UserService(
    UserAccounts accounts,
    KeyOwnership ownership,
    InvitationService invitations,
    IServiceScopeFactory scopes,
    IDbContextFactory<PortalDbContext> contexts,
    AuditLog audit,
    TimeProvider time,
    IOptions<IdentityOptions> identity)
{
    private const string Right = "manages users";

    // Compiled and in one query, because whatever anybody does on a page asks for it. The session is open as SessionService.OpenOf has it.
    private static readonly Func<PortalDbContext, string, string?, DateTimeOffset, CancellationToken, Task<Standing?>> FindStanding = EF.CompileAsyncQuery(
        (PortalDbContext db, string id, string? sessionId, DateTimeOffset old, CancellationToken _) =>
            (from user in db.Users
             from workspace in db.Set<WorkspaceSettings>()
             from session in db.Set<UserSession>().Where(s => s.Id == sessionId && s.UserId == user.Id && s.CreatedAt > old).DefaultIfEmpty()
             where user.Id == id
             select new Standing(
                 user.Email!, user.Role, user.DisabledAt, user.SecurityStamp,
                 session == null ? null : session.Id, session != null && session.SecondFactor, session == null ? null : session.ConfirmedAt,
                 workspace.SecondFactorFrom, workspace.OperatorsReachAllKeys, workspace.ConfirmNewValues)).FirstOrDefault());

    private static readonly Failure NoSuchUser = Failure.NotFound("There is no such user.");
    private static readonly Failure WrongPassword = Failure.Invalid("currentPassword", "This is not your current password.");
    private static readonly Failure LastAdministrator = Failure.Conflict("This is the last administrator who can sign in. Make somebody else an administrator first.");

    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Users.AnyAsync(cancellationToken);
    }

    /// <summary>Oldest first.</summary>
    public async Task<Result<IReadOnlyList<UserSummary>>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var users = await db.Users.AsNoTracking().OrderBy(u => u.CreatedAt).ThenBy(u => u.Id).ToListAsync(cancellationToken);
        var now = time.GetUtcNow();
        var keys = await db.Set<ApiKey>().ActiveAt(now)
            .GroupBy(k => k.OwnerId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        var passkeys = await db.Set<IdentityUserPasskey<string>>().Select(p => p.UserId).Distinct().ToListAsync(cancellationToken);
        return users.ConvertAll(u => Summary(u) with { ActiveKeys = keys.GetValueOrDefault(u.Id), SecondFactor = u.TwoFactorEnabled || passkeys.Contains(u.Id) });
    }

    /// <summary>Id of the user with this email address; null if there is none.</summary>
    public async Task<string?> FindIdAsync(string email)
    {
        await using var scope = scopes.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>().FindByEmailAsync(email.Trim()))?.Id;
    }

    public Task<Result<UserSummary>> AddAsync(NewUser wish, Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Administrator, Right) is { } refused
            ? Task.FromResult<Result<UserSummary>>(refused)
            : CreateAsync(wish, _ => caller.Actor, onlyAsFirst: false, cancellationToken);

    /// <summary>Makes the first administrator; a conflict once there is any user, however many try at the same time.</summary>
    /// <param name="address">Where the person is, for the record; null if the configuration asks for it.</param>
    public Task<Result<UserSummary>> AddFirstAsync(string email, string password, string? address, CancellationToken cancellationToken)
        => CreateAsync(
            new NewUser(email, password, PortalRole.Administrator),
            user => address is null ? Actor.System : ActorOf(user, address),
            onlyAsFirst: true,
            cancellationToken);

    /// <summary>
    /// The first step of taking rights from somebody who owns many keys: some of the keys get another owner, in a short transaction of their own.
    /// Whoever calls it goes on (<see cref="Piecewise"/>) until none is left.
    /// </summary>
    public Task<Result<HandedOver>> HandOverKeysAsync(string id, string toId, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync(id, caller, async (db, _, user) => await IsLastAdministratorAsync(db, user, cancellationToken)
            ? LastAdministrator
            : await ownership.HandOverAsync(db, user, toId, caller, cancellationToken), cancellationToken);

    /// <summary>The user can no longer sign in, is signed out everywhere, and the keys they own are refused.</summary>
    /// <param name="handOverTo">A user who gets the keys (those that are left, see <see cref="HandOverKeysAsync"/>), so that they go on working; null leaves them.</param>
    public Task<Result<UserSummary>> DisableAsync(string id, Caller caller, CancellationToken cancellationToken, string? handOverTo = null)
        => ChangeAsync(id, caller, async (db, users, user) =>
        {
            if (user.DisabledAt is not null)
            {
                return null;
            }

            if (await LosesAsync(db, user, handOverTo, caller, cancellationToken) is { } failure)
            {
                return failure;
            }

            user.DisabledAt = time.GetUtcNow();
            audit.Append(db, caller.Actor, "user.disabled", user.Id, user.Email!);
            await users.UpdateSecurityStampAsync(user);
            await SessionService.ClearAsync(db, user.Id, null, cancellationToken);
            return null;
        }, cancellationToken);

    /// <summary>The user has this role from now on and is signed out everywhere; the keys they own do what the role may.</summary>
    /// <inheritdoc cref="DisableAsync" path="/param"/>
    public Task<Result<UserSummary>> ChangeRoleAsync(string id, PortalRole role, Caller caller, CancellationToken cancellationToken, string? handOverTo = null)
        => ChangeAsync(id, caller, async (db, users, user) =>
        {
            if (user.Role == role)
            {
                return null;
            }

            if (role < user.Role && await LosesAsync(db, user, handOverTo, caller, cancellationToken) is { } failure)
            {
                return failure;
            }

            audit.Append(db, caller.Actor, "user.role_changed", user.Id, user.Email!, new { role = new FieldChange(UserAccounts.Code(user.Role), UserAccounts.Code(role)) });
            user.Role = role;
            await users.UpdateSecurityStampAsync(user);
            await SessionService.ClearAsync(db, user.Id, null, cancellationToken);
            return null;
        }, cancellationToken);

    public Task<Result<UserSummary>> EnableAsync(string id, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync(id, caller, async (db, users, user) =>
        {
            if (user.DisabledAt is not null)
            {
                user.DisabledAt = null;
                audit.Append(db, caller.Actor, "user.enabled", user.Id, user.Email!);
                await users.UpdateAsync(user);
            }

            return null;
        }, cancellationToken);

    /// <summary>Changes a user's own password and ends their other sessions.</summary>
    /// <param name="sessionId">The session that stays.</param>
    public async Task<Result<UserSummary>> ChangePasswordAsync(
        string current, string wanted, Caller caller, CancellationToken cancellationToken, string? sessionId = null)
    {
        if (caller.Refused(PortalRole.Viewer, "changes a password") is { } refused)
        {
            return refused;
        }

        if (caller.UserId is null)
        {
            return NoSuchUser;
        }

        // A wrong password is a success of the transaction: that it was tried has to be kept.
        return (await accounts.InTransactionAsync<Result<UserSummary>>(async (db, users) =>
        {
            if (await users.FindByIdAsync(caller.UserId) is not { } user)
            {
                return (Result<UserSummary>)NoSuchUser;
            }

            if (await UserAccounts.ProveAsync(users, user, () => users.CheckPasswordAsync(user, current), WrongPassword) is { } unproven)
            {
                audit.Append(db, caller.Actor, "user.password_change_failed", user.Id, user.Email!);
                return (Result<UserSummary>)unproven;
            }

            var changed = await users.ChangePasswordAsync(user, current, wanted);
            if (!changed.Succeeded)
            {
                return (Result<UserSummary>)UserAccounts.FailureOf(changed);
            }

            await SessionService.ClearAsync(db, user.Id, sessionId, cancellationToken);
            audit.Append(db, caller.Actor, "user.password_changed", user.Id, user.Email!);
            return (Result<UserSummary>)Summary(user);
        }, cancellationToken)).Flatten();
    }

    /// <summary>
    /// The user behind a session, with their rights as they are now; null if they are disabled or the session has been ended. Without the
    /// second factor that their role demands they are held (<see cref="Caller.HeldUserId"/>).
    /// </summary>
    public async Task<Caller?> FindCallerAsync(ClaimsPrincipal principal, CancellationToken cancellationToken)
    {
        var claims = identity.Value.ClaimsIdentity;
        if (principal.FindFirstValue(claims.UserIdClaimType) is not { } id)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var sessionId = principal.FindFirstValue(SessionService.ClaimType);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await FindStanding(db, id, sessionId, now - SignInSession.Longest, cancellationToken);

        // A session without a name in its cookie is older than the list; it ends with its user's security stamp.
        if (found is not { DisabledAt: null } || found.SecurityStamp != principal.FindFirstValue(claims.SecurityStampClaimType) || (sessionId is not null && found.SessionId is null))
        {
            return null;
        }

        var actor = new Actor(ActorKind.User, id, found.Email, principal.FindFirstValue(SessionAddress.ClaimType));
        var lately = found.ConfirmedAt > now - ConfirmationService.Lasts;
        return found.SecondFactorFrom <= found.Role && !found.SecondFactor
            ? new Caller(actor, UserId: null, Role: null, AllKeys: false) { HeldUserId = id, SessionId = found.SessionId, ProvedLately = lately }
            : new Caller(actor, id, found.Role, found.Role.ReachesAllKeys(found.OperatorsReachAllKeys))
            {
                SessionId = found.SessionId,
                ProvedLately = lately,
                Unconfirmed = found.ConfirmNewValues && !lately,
            };
    }

    internal static Actor ActorOf(PortalUser user, string? address) => new(ActorKind.User, user.Id, user.Email!, address);

    private Task<Result<UserSummary>> CreateAsync(NewUser wish, Func<PortalUser, Actor> actor, bool onlyAsFirst, CancellationToken cancellationToken)
        => accounts.InTransactionAsync<UserSummary>(
            async (db, users) =>
            {
                if (onlyAsFirst && await db.Users.AnyAsync(cancellationToken))
                {
                    return Failure.Conflict("The portal is already set up. Sign in instead.");
                }

                return (await accounts.CreateAsync(db, users, wish, actor)).Succeeded(out var user, out var failure) ? Summary(user) : failure;
            },
            cancellationToken);

    private Task<Result<UserSummary>> ChangeAsync(
        string id, Caller caller, Func<PortalDbContext, UserManager<PortalUser>, PortalUser, Task<Failure?>> change, CancellationToken cancellationToken)
        => ChangeAsync<UserSummary>(id, caller, async (db, users, user) => await change(db, users, user) is { } failure ? failure : Summary(user), cancellationToken);

    private async Task<Result<T>> ChangeAsync<T>(
        string id, Caller caller, Func<PortalDbContext, UserManager<PortalUser>, PortalUser, Task<Result<T>>> change, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        return await accounts.InTransactionAsync<T>(
            async (db, users) => await users.FindByIdAsync(id) is { } user ? await change(db, users, user) : NoSuchUser,
            cancellationToken);
    }

    /// <summary>What goes with every loss of rights: somebody is left to manage users, keys find their new owner, and invitations end.</summary>
    private async Task<Failure?> LosesAsync(PortalDbContext db, PortalUser user, string? handOverTo, Caller caller, CancellationToken cancellationToken)
    {
        if (await IsLastAdministratorAsync(db, user, cancellationToken))
        {
            return LastAdministrator;
        }

        await invitations.RevokeAllOfAsync(db, user.Id, caller, cancellationToken);
        if (handOverTo is null)
        {
            return null;
        }

        HandedOver part;
        do
        {
            if (!(await ownership.HandOverAsync(db, user, handOverTo, caller, cancellationToken)).Succeeded(out part, out var failure))
            {
                return failure;
            }
        }
        while (part.Left > 0);

        return null;
    }

    private static async Task<bool> IsLastAdministratorAsync(PortalDbContext db, PortalUser user, CancellationToken cancellationToken)
        => user is { Role: PortalRole.Administrator, DisabledAt: null }
            && !await db.Users.AnyAsync(u => u.Id != user.Id && u.Role == PortalRole.Administrator && u.DisabledAt == null, cancellationToken);

    internal static UserSummary Summary(PortalUser user) => new(user.Id, user.Email!, user.Role, user.CreatedAt, user.DisabledAt, user.LastSignInAt, SecondFactor: user.TwoFactorEnabled);

    /// <summary>What decides somebody's rights, read at one moment.</summary>
    private sealed record Standing(
        string Email, PortalRole Role, DateTimeOffset? DisabledAt, string? SecurityStamp,
        string? SessionId, bool SecondFactor, DateTimeOffset? ConfirmedAt,
        PortalRole? SecondFactorFrom, bool OperatorsReachAllKeys, bool ConfirmNewValues);
}
