using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>Hands keys from one user to another, as part of a change to their owner. Asks nobody for a right: who changes users does.</summary>
public sealed class KeyOwnership(AuditLog audit)
{
    // Somebody may own tens of thousands, and nobody else can write meanwhile: each save looks at all that the context holds.
    private const int EntriesPerSave = 500;

    /// <summary>All keys of a user that could still be used get another owner, within the transaction that is under way.</summary>
    public async Task<Failure?> HandOverAsync(PortalDbContext db, PortalUser from, string toId, Caller caller, CancellationToken cancellationToken)
    {
        if (await db.Users.SingleOrDefaultAsync(u => u.Id == toId && u.DisabledAt == null && u.Role >= PortalRole.Operator, cancellationToken) is not { } to || to.Id == from.Id)
        {
            return Failure.Invalid("handOverTo", "Keys are handed over to another operator or administrator who is enabled. Choose one from the list.");
        }

        var keys = db.Set<ApiKey>().Where(k => k.OwnerId == from.Id && k.DeletedAt == null && k.RevokedAt == null);
        foreach (var some in (await keys.Select(k => new { k.Id, k.Name }).ToListAsync(cancellationToken)).Chunk(EntriesPerSave))
        {
            foreach (var key in some)
            {
                audit.Append(db, caller.Actor, "api_key.handed_over", key.Id, key.Name, new { owner = new FieldChange(from.Email, to.Email) });
            }

            await db.SaveChangesAsync(cancellationToken);
            foreach (var saved in db.ChangeTracker.Entries<AuditEntry>().ToList())
            {
                saved.State = EntityState.Detached;
            }
        }

        await keys.ExecuteUpdateAsync(set => set.SetProperty(k => k.OwnerId, to.Id).SetProperty(k => k.Version, k => k.Version + 1), cancellationToken);
        return null;
    }
}
