using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>Hands keys from one user to another, as part of a change to their owner. Asks nobody for a right: who changes users does.</summary>
public sealed class KeyOwnership(AuditLog audit)
{
    /// <summary>All keys of a user that could still be used get another owner, when the context is saved.</summary>
    public async Task<Failure?> HandOverAsync(PortalDbContext db, PortalUser from, string toId, Caller caller, CancellationToken cancellationToken)
    {
        if (await db.Users.SingleOrDefaultAsync(u => u.Id == toId && u.DisabledAt == null && u.Role >= PortalRole.Operator, cancellationToken) is not { } to || to.Id == from.Id)
        {
            return Failure.Invalid("handOverTo", "Keys are handed over to another operator or administrator who is enabled. Choose one from the list.");
        }

        foreach (var key in await db.Set<ApiKey>().Where(k => k.OwnerId == from.Id && k.DeletedAt == null && k.RevokedAt == null).ToListAsync(cancellationToken))
        {
            key.HandOver(to.Id);
            audit.Append(db, caller.Actor, "api_key.handed_over", key.Id, key.Name, new { owner = new FieldChange(from.Email, to.Email) });
        }

        return null;
    }
}
