using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Workspace;

/// <summary>Reads and changes the settings of the workspace.</summary>
public sealed class WorkspaceService(IDbContextFactory<PortalDbContext> contexts, AuditLog audit)
{
    public async Task<WorkspaceSettings> GetAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Set<WorkspaceSettings>().AsNoTracking().SingleAsync(cancellationToken);
    }

    /// <summary>For administrators who are people; no key changes what is expected of keys.</summary>
    /// <param name="version">The version the change was made on; an older one is a conflict.</param>
    public async Task<Result<WorkspaceSettings>> ChangeAsync(RotationSchedule rotation, int unusedDays, int version, Caller caller, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator || caller.KeyId is not null)
        {
            return Failure.Forbidden("Only an administrator changes the settings of the workspace.");
        }

        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            if (rotation.Days(kind) is < 1 or > RotationSchedule.MaxDays)
            {
                return Failure.Invalid(kind.Code(), $"Write 1 to {RotationSchedule.MaxDays} days.");
            }
        }

        if (unusedDays is < 1 or > RotationSchedule.MaxDays)
        {
            return Failure.Invalid("unused", $"Write 1 to {RotationSchedule.MaxDays} days.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var settings = await db.Set<WorkspaceSettings>().SingleAsync(cancellationToken);
        var conflict = Failure.Conflict("Somebody changed these settings meanwhile. Load the page again, then repeat your change.");
        if (settings.Version != version)
        {
            return conflict;
        }

        var changes = Enum.GetValues<KeyKind>()
            .Select(kind => (Name: $"{kind.Code()}_rotation_days", From: settings.Rotation.Days(kind), To: rotation.Days(kind)))
            .Append((Name: "unused_days", From: settings.UnusedDays, To: unusedDays))
            .Where(change => change.From != change.To)
            .ToDictionary(change => change.Name, change => new FieldChange(change.From, change.To));
        if (changes.Count == 0)
        {
            return settings;
        }

        settings.Change(rotation, unusedDays);
        audit.Append(db, caller.Actor, "workspace.updated", "workspace", "Workspace", changes);
        try
        {
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateConcurrencyException)
        {
            return conflict;
        }

        return settings;
    }
}
