using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
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
        if (Refused(caller) is { } refused)
        {
            return refused;
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

        return await ChangeAsync(version, caller, settings =>
        {
            var changes = Enum.GetValues<KeyKind>()
                .Select(kind => (Name: $"{kind.Code()}_rotation_days", From: settings.Rotation.Days(kind), To: rotation.Days(kind)))
                .Append((Name: "unused_days", From: settings.UnusedDays, To: unusedDays))
                .Where(change => change.From != change.To)
                .ToDictionary(change => change.Name, change => new FieldChange(change.From, change.To));
            if (changes.Count > 0)
            {
                settings.Change(rotation, unusedDays);
            }

            return changes;
        }, cancellationToken);
    }

    /// <summary>Whether operators manage all keys or only their own; for administrators who are people.</summary>
    /// <param name="version">The version the change was made on; an older one is a conflict.</param>
    public async Task<Result<WorkspaceSettings>> LetOperatorsReachAllKeysAsync(bool reach, int version, Caller caller, CancellationToken cancellationToken)
    {
        if (Refused(caller) is { } refused)
        {
            return refused;
        }

        return await ChangeAsync(version, caller, settings =>
        {
            if (settings.OperatorsReachAllKeys == reach)
            {
                return [];
            }

            settings.LetOperatorsReachAllKeys(reach);
            return new() { ["operators_reach_all_keys"] = new FieldChange(!reach, reach) };
        }, cancellationToken);
    }

    // An administrator's key is as much as its value is safe; what holds for all keys is for people to decide.
    private static Failure? Refused(Caller caller)
        => caller.KeyId is not null
            ? Failure.Forbidden("No key changes the settings of the workspace. Sign in to the portal.")
            : caller.Refused(PortalRole.Administrator, "changes the settings of the workspace");

    private async Task<Result<WorkspaceSettings>> ChangeAsync(
        int version, Caller caller, Func<WorkspaceSettings, Dictionary<string, FieldChange>> change, CancellationToken cancellationToken)
    {
        var conflict = Failure.Conflict("Somebody changed these settings meanwhile. Load the page again, then repeat your change.");
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var settings = await db.Set<WorkspaceSettings>().SingleAsync(cancellationToken);
        if (settings.Version != version)
        {
            return conflict;
        }

        var changes = change(settings);
        if (changes.Count == 0)
        {
            return settings;
        }

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
