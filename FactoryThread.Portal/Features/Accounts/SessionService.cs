using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>The browsers in which people are signed in, and their end.</summary>
public sealed partial class SessionService(
    UserAccounts accounts, IDbContextFactory<PortalDbContext> contexts, AuditLog audit, TimeProvider time, ILogger<SessionService> logger)
{
    /// <summary>Names the session in the cookie.</summary>
    public const string ClaimType = "factorythread:session";

    private static readonly TimeSpan Precision = TimeSpan.FromMinutes(1);

    /// <summary>A new session, when the context is saved. Those whose cookie has expired are cleared away.</summary>
    public async Task<UserSession> BeginAsync(PortalDbContext db, string userId, string? address, string? userAgent, bool secondFactor, CancellationToken cancellationToken)
    {
        var now = time.GetStoredNow();
        var (idle, old) = (now - SignInSession.Idle - Precision, now - SignInSession.Longest);
        await db.Set<UserSession>().Where(s => s.LastSeenAt < idle || s.CreatedAt <= old).ExecuteDeleteAsync(cancellationToken);
        var session = UserSession.Begin(userId, address, userAgent, secondFactor, now);
        db.Add(session);
        return session;
    }

    /// <summary>The session has neither been ended nor grown too old. One without a name in its cookie is older than the list; it ends with its user's security stamp.</summary>
    public async Task<bool> IsOpenAsync(PortalDbContext db, ClaimsPrincipal principal, string userId, CancellationToken cancellationToken)
        => principal.FindFirstValue(ClaimType) is not { } id || await OpenOf(db, userId, time.GetUtcNow()).AnyAsync(s => s.Id == id, cancellationToken);

    /// <summary>The sessions of a user that have not been ended nor grown too old.</summary>
    public static IQueryable<UserSession> OpenOf(PortalDbContext db, string userId, DateTimeOffset now)
    {
        var old = now - SignInSession.Longest;
        return db.Set<UserSession>().AsNoTracking().Where(s => s.UserId == userId && s.CreatedAt > old);
    }

    /// <summary>Notes that the session is in use. That it cannot be noted is no reason to turn anybody away.</summary>
    public async Task SeenAsync(ClaimsPrincipal principal, CancellationToken cancellationToken)
    {
        if (principal.FindFirstValue(ClaimType) is not { } id)
        {
            return;
        }

        try
        {
            var now = time.GetStoredNow();
            var stale = now - Precision;
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);

            // Looks before it writes: writing takes the lock of all writers.
            if (await db.Set<UserSession>().AnyAsync(s => s.Id == id && s.LastSeenAt < stale, cancellationToken))
            {
                await db.Set<UserSession>().Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now), cancellationToken);
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotNoted(logger, fault);
        }
    }

    /// <summary>The caller's own sessions, the latest in use first.</summary>
    /// <param name="current">Who asks, to know which of them is theirs.</param>
    public async Task<IReadOnlyList<SessionView>> ListAsync(ClaimsPrincipal current, Caller caller, CancellationToken cancellationToken)
    {
        var here = current.FindFirstValue(ClaimType);
        var now = time.GetUtcNow();
        var since = now - SignInSession.Idle;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await OpenOf(db, caller.UserId ?? "", now).Where(s => s.LastSeenAt >= since).OrderByDescending(s => s.LastSeenAt).ThenBy(s => s.Id)
            .Select(s => new SessionView(s.Id, s.CreatedAt, s.LastSeenAt, s.Address, s.UserAgent, s.Id == here)).ToListAsync(cancellationToken);
    }

    /// <summary>Ends one of the caller's sessions. Again: the same.</summary>
    public Task<Result<bool>> EndAsync(string id, Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Viewer, "ends sessions") is { } refused
            ? Task.FromResult<Result<bool>>(refused)
            : accounts.InTransactionAsync<bool>(
                async (db, _) =>
                {
                    if (await db.Set<UserSession>().SingleOrDefaultAsync(s => s.Id == id && s.UserId == caller.UserId, cancellationToken) is not { } session)
                    {
                        return false;
                    }

                    db.Remove(session);
                    audit.Append(db, caller.Actor, "user.session_ended", caller.UserId!, caller.Actor.Name, new { address = session.Address, userAgent = session.UserAgent });
                    return true;
                },
                cancellationToken);

    /// <summary>Ends every session of the caller, this one included, wherever it is.</summary>
    public Task<Result<bool>> EndAllAsync(Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Viewer, "ends sessions") is { } refused
            ? Task.FromResult<Result<bool>>(refused)
            : accounts.InTransactionAsync<bool>(
                async (db, users) =>
                {
                    if (caller.UserId is null || await users.FindByIdAsync(caller.UserId) is not { } user)
                    {
                        return false;
                    }

                    await users.UpdateSecurityStampAsync(user);
                    await ClearAsync(db, user.Id, null, cancellationToken);
                    audit.Append(db, caller.Actor, "user.signed_out_everywhere", user.Id, user.Email!);
                    return true;
                },
                cancellationToken);

    /// <summary>Takes a user's sessions off the list, in the transaction that ends them.</summary>
    internal static Task ClearAsync(PortalDbContext db, string userId, string? exceptId, CancellationToken cancellationToken)
        => db.Set<UserSession>().Where(s => s.UserId == userId && s.Id != exceptId).ExecuteDeleteAsync(cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "When a session was last in use could not be noted.")]
        public static partial void NotNoted(ILogger logger, Exception exception);
    }
}
