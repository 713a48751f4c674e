using System.Data;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Store;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>All that may be done to flows; the screens, the management API and the verbs call it, and it writes the audit record.</summary>
public sealed class FlowService(
    IDbContextFactory<PortalDbContext> contexts, FlowCatalog catalog, AuditLog audit, TimeProvider time, IOptions<PortalOptions> portal)
{
    public const string AuditSubject = "flow";

    private static readonly Failure NoSuchFlow = Failure.NotFound("There is no such flow.");

    private static readonly Failure TestKeyLimit = Failure.Forbidden("A test key changes nothing but the test target of a flow.");

    /// <summary>All flows, ordered by name.</summary>
    public async Task<IReadOnlyList<Flow>> ListAsync(CancellationToken cancellationToken)
        => (await catalog.CurrentAsync(cancellationToken)).All;

    public async Task<Result<Flow>> GetAsync(string id, CancellationToken cancellationToken)
        => (await catalog.CurrentAsync(cancellationToken)).Find(id) is { } flow ? flow : NoSuchFlow;

    /// <summary>How many active keys may execute the flow.</summary>
    public async Task<FlowKeys> KeysAsync(string id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FlowStore.KeysAsync(db, id, time.GetUtcNow(), cancellationToken);
    }

    /// <summary>Adds a flow; an id or a route that is taken is <see cref="FailureKind.Conflict"/>.</summary>
    public Task<Result<Flow>> CreateAsync(string id, FlowSettings settings, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync(
            id,
            caller,
            (flow, _) => flow is null ? settings : Failure.Conflict($"There is already a flow '{id}'.", "id"),
            cancellationToken);

    /// <summary>Changes a flow; effective for requests that start after this returns.</summary>
    /// <param name="seen">The flow's <see cref="Flow.UpdatedAt"/> the change was made on; if it changed since, that is a conflict. Null: as it is now.</param>
    public Task<Result<Flow>> UpdateAsync(string id, FlowSettings settings, Caller caller, CancellationToken cancellationToken, DateTimeOffset? seen = null)
        => UpdateAsync(id, _ => settings, caller, cancellationToken, seen);

    /// <summary>Changes a flow from the state it has at that moment, so that two partial changes do not undo each other.</summary>
    public Task<Result<Flow>> UpdateAsync(
        string id, Func<FlowSettings, FlowSettings> change, Caller caller, CancellationToken cancellationToken, DateTimeOffset? seen = null)
        => ChangeAsync(
            id,
            caller,
            (flow, before) => flow is null || before is null ? NoSuchFlow
                : seen is { } at && at != flow.UpdatedAt ? Failure.Conflict("Somebody changed this flow meanwhile. Look at it again, then repeat your change.")
                : change(before),
            cancellationToken);

    /// <summary>Makes a flow executable, or stops that. Again: the same answer.</summary>
    public Task<Result<Flow>> PublishAsync(string id, bool published, Caller caller, CancellationToken cancellationToken)
        => UpdateAsync(id, before => before with { Published = published }, caller, cancellationToken);

    /// <summary>Adds the flow, or replaces the settings of the one with that id.</summary>
    public Task<Result<Flow>> PutAsync(string id, FlowSettings settings, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync(id, caller, (_, _) => settings, cancellationToken);

    private async Task<Result<Flow>> ChangeAsync(
        string id, Caller caller, Func<Flow?, FlowSettings?, Result<FlowSettings>> choose, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Operator, "manages flows") is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);

        // Serializable takes the write lock before the first look: routes stay unique and no change is made on an older state.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var flow = await db.Set<Flow>().SingleOrDefaultAsync(f => f.Id == id, cancellationToken);
        var before = flow?.Settings;
        if (!choose(flow, before).Succeeded(out var chosen, out var failure))
        {
            return failure;
        }

        var settings = FlowRules.Normalize(chosen);
        if (settings == before)
        {
            return flow!;
        }

        if (FlowRules.Check(settings) is { } violation)
        {
            return Failure.Invalid(violation.Field, violation.Message);
        }

        if (flow is null && !Flow.IsId(id))
        {
            return Failure.Invalid("id", "An id is 1 to 64 letters, digits, hyphens and underscores, such as abc123.");
        }

        if (await ForbidsAsync(db, caller, before, settings, cancellationToken) is { } forbidden)
        {
            return forbidden;
        }

        if (await MissesAsync(db, id, before, settings, cancellationToken) is { } miss)
        {
            return miss;
        }

        // To the millisecond, as it is stored: what is returned here may come back as the state that somebody saw.
        var now = time.GetStoredNow();
        if (flow is null)
        {
            flow = Flow.Create(id, settings, now);
            db.Add(flow);
        }
        else
        {
            flow.Change(settings, now);
        }

        Record(db, caller, flow, before, settings);
        try
        {
            // A caller who hangs up must not leave a change half done.
            await db.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        finally
        {
            // Also after an error: whether the commit happened may be unknown then.
            catalog.Invalidate();
        }

        return flow;
    }

    private static async Task<Failure?> ForbidsAsync(
        PortalDbContext db, Caller caller, FlowSettings? before, FlowSettings settings, CancellationToken cancellationToken)
        => (before is null || settings != before with { Test = settings.Test }) && await FlowStore.IsTestKeyAsync(db, caller, cancellationToken)
            ? TestKeyLimit
            : null;

    private async Task<Failure?> MissesAsync(PortalDbContext db, string id, FlowSettings? before, FlowSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Route is { } route
            && await db.Set<Flow>().Where(f => f.Route == route && f.Id != id).Select(f => f.Id).FirstOrDefaultAsync(cancellationToken) is { } owner)
        {
            return Failure.Conflict($"The route '{route}' belongs to the flow '{owner}'. Choose another one.", "route");
        }

        foreach (var (target, old, field) in new[] { (settings.Live, before?.Live, "live"), (settings.Test, before?.Test, "test") })
        {
            if (target.ConnectionId is { } connectionId && !await db.Set<Connection>().AnyAsync(c => c.Id == connectionId, cancellationToken))
            {
                return Failure.Invalid(field, "There is no such connection.");
            }

            // What was stored while it was allowed may stay, or the flow could not even be withdrawn; it is refused again when it is called.
            if (target != old && target is { ConnectionId: null, Address: { } address } && portal.Value.RefusesToCall(new Uri(address)) is { } refusal)
            {
                return Failure.Invalid(field, refusal);
            }
        }

        return null;
    }

    private void Record(PortalDbContext db, Caller caller, Flow flow, FlowSettings? before, FlowSettings after)
    {
        if (before is null)
        {
            audit.Append(db, caller.Actor, "flow.created", flow.Id, flow.Name, new
            {
                route = after.Route,
                published = after.Published,
                live = after.Live.ToString(),
                test = after.Test.ToString(),
            });
            return;
        }

        if (before.Published != after.Published)
        {
            audit.Append(db, caller.Actor, after.Published ? "flow.published" : "flow.unpublished", flow.Id, flow.Name, new
            {
                published = new { from = before.Published, to = after.Published },
            });
        }

        var changes = Differences(before, after);
        if (changes.Count > 0)
        {
            audit.Append(db, caller.Actor, "flow.updated", flow.Id, flow.Name, changes);
        }
    }

    private static Dictionary<string, object> Differences(FlowSettings before, FlowSettings after)
    {
        var fields = new (string Name, string? From, string? To)[]
        {
            ("name", before.Name, after.Name),
            ("description", before.Description, after.Description),
            ("route", before.Route, after.Route),
            ("live", before.Live.ToString(), after.Live.ToString()),
            ("test", before.Test.ToString(), after.Test.ToString()),
        };
        return fields.Where(f => f.From != f.To).ToDictionary(f => f.Name, object (f) => new { from = f.From, to = f.To });
    }
}
