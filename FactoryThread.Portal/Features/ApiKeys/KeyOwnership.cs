using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>How many keys got another owner, and how many of the former owner's are left.</summary>
public readonly record struct HandedOver(int Moved, int Left);

/// <summary>Hands keys from one user to another before the former loses a right. Asks nobody for a right: who changes users does.</summary>
public sealed class KeyOwnership(AuditLog audit)
{
    /// <summary>Somebody may own tens of thousands, and nobody else can write meanwhile.</summary>
    public const int AtOnce = 500;

    /// <summary>
    /// Up to <see cref="AtOnce"/> of a user's keys get another owner, within the transaction that is under way: those that could still be used,
    /// also after somebody extends them.
    /// </summary>
    public async Task<Result<HandedOver>> HandOverAsync(PortalDbContext db, PortalUser from, string toId, Caller caller, CancellationToken cancellationToken)
    {
        if (await db.Users.SingleOrDefaultAsync(u => u.Id == toId && u.DisabledAt == null && u.Role >= PortalRole.Operator, cancellationToken) is not { } to || to.Id == from.Id)
        {
            return Failure.Invalid("handOverTo", "Keys are handed over to another operator or administrator who is enabled. Choose one from the list.");
        }

        var keys = db.Set<ApiKey>().Where(k => k.OwnerId == from.Id && k.DeletedAt == null && k.RevokedAt == null);
        var some = await keys.OrderBy(k => k.Id).Take(AtOnce).Select(k => new { k.Id, k.Name }).ToListAsync(cancellationToken);
        foreach (var key in some)
        {
            audit.Append(db, caller.Actor, "api_key.handed_over", key.Id, key.Name, new { owner = new FieldChange(from.Email, to.Email) });
        }

        await db.SaveChangesAsync(cancellationToken);

        // Each save looks at all that the context holds.
        foreach (var saved in db.ChangeTracker.Entries<AuditEntry>().ToList())
        {
            saved.State = EntityState.Detached;
        }

        var ids = some.ConvertAll(k => k.Id);
        await db.Set<ApiKey>().Where(k => ids.Contains(k.Id))
            .ExecuteUpdateAsync(set => set.SetProperty(k => k.OwnerId, to.Id).SetProperty(k => k.Version, k => k.Version + 1), cancellationToken);
        return new HandedOver(some.Count, await keys.CountAsync(cancellationToken));
    }
}
