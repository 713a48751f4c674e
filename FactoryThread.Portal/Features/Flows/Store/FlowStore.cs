using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Store;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Flows.Store;

/// <summary>Questions about flows and connections that reach other tables.</summary>
internal static class FlowStore
{
    /// <summary>Active keys that may execute the flow.</summary>
    public static async Task<FlowKeys> KeysAsync(PortalDbContext db, string flowId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var active = db.Set<ApiKey>().ActiveAt(now);
        return new FlowKeys(
            await active.CountAsync(k => k.Permission == KeyPermission.FullAccess, cancellationToken),
            await active.CountAsync(k => k.Permission == KeyPermission.SpecificFlows && k.Flows.Any(f => f.FlowId == flowId), cancellationToken));
    }

    /// <summary>Flows with a target through a connection, by the connection's id.</summary>
    public static async Task<ILookup<string, FlowName>> UsesAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        var flows = await db.Set<Flow>().AsNoTracking()
            .Where(f => f.Live.ConnectionId != null || f.Test.ConnectionId != null)
            .OrderBy(f => f.Name)
            .Select(f => new { f.Id, f.Name, Live = f.Live.ConnectionId, Test = f.Test.ConnectionId })
            .ToListAsync(cancellationToken);
        return flows
            .SelectMany(f => new[] { f.Live, f.Test }.OfType<string>().Distinct(StringComparer.Ordinal), (f, connection) => (connection, flow: new FlowName(f.Id, f.Name)))
            .ToLookup(use => use.connection, use => use.flow, StringComparer.Ordinal);
    }

    /// <summary>Names of keys by id, deleted ones included; with an owner, of their keys only.</summary>
    public static Task<Dictionary<string, string>> KeyNamesAsync(PortalDbContext db, IReadOnlyCollection<string> ids, string? ownerId, CancellationToken cancellationToken)
        => db.Set<ApiKey>().Where(k => ids.Contains(k.Id) && (ownerId == null || k.OwnerId == ownerId)).ToDictionaryAsync(k => k.Id, k => k.Name, cancellationToken);

    /// <summary>The latest execution of each flow that has one; one look into an index per flow.</summary>
    public static async Task<IReadOnlyDictionary<string, LastRun>> LastRunsAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        var runs = await db.Set<Flow>()
            .Select(f => new
            {
                f.Id,
                Last = db.Set<RequestLogEntry>()
                    .Where(e => e.FlowId == f.Id)
                    .OrderByDescending(e => e.Id)
                    .Select(e => new { e.At, e.Outcome })
                    .FirstOrDefault(),
            })
            .Where(f => f.Last != null)
            .ToListAsync(cancellationToken);
        return runs.ToDictionary(r => r.Id, r => new LastRun(r.Last!.At, r.Last.Outcome), StringComparer.Ordinal);
    }

    /// <summary>The call comes with a test key: it may not touch what live keys reach.</summary>
    public static async Task<bool> IsTestKeyAsync(PortalDbContext db, Caller caller, CancellationToken cancellationToken)
        => caller.KeyId is { } id
            && await db.Set<ApiKey>().Where(k => k.Id == id).Select(k => k.Environment).SingleAsync(cancellationToken) == KeyEnvironment.Test;
}
