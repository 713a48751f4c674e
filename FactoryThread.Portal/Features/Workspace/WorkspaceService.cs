using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
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

    /// <summary>What people may do and have to prove; for administrators who are people, and who confirm themselves if that is asked of them.</summary>
    /// <param name="version">The version the change was made on; an older one is a conflict.</param>
    public async Task<Result<WorkspaceSettings>> ChangePeopleAsync(PeopleRules people, int version, Caller caller, CancellationToken cancellationToken)
    {
        // Otherwise whoever finds an unlocked screen would switch the question off first.
        if ((Refused(caller) ?? caller.MustConfirm()) is { } refused)
        {
            return refused;
        }

        return await ChangeAsync(version, caller, settings =>
        {
            var before = settings.People;
            var changes = new (string Name, object? From, object? To)[]
            {
                ("operators_reach_all_keys", before.OperatorsReachAllKeys, people.OperatorsReachAllKeys),
                ("second_factor_from", Code(before.SecondFactorFrom), Code(people.SecondFactorFrom)),
                ("confirm_new_values", before.ConfirmNewValues, people.ConfirmNewValues),
            }.Where(change => !Equals(change.From, change.To)).ToDictionary(change => change.Name, change => new FieldChange(change.From, change.To));
            if (changes.Count > 0)
            {
                settings.Change(people);
            }

            return changes;
        }, cancellationToken);
    }

    private static string? Code(PortalRole? role) => role is { } known ? UserAccounts.Code(known) : null;

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
