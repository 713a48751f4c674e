using System.Collections.Frozen;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>All flows and connections in memory, for the path of a request. Reloaded on the first look after a change.</summary>
public sealed class FlowCatalog
{
    private readonly IDbContextFactory<PortalDbContext> _contexts;
    private volatile FlowSet? _current;
    private readonly Lock _gate = new();
    private int _generation;

    public FlowCatalog(IDbContextFactory<PortalDbContext> contexts, StoreVersionMonitor version)
    {
        _contexts = contexts;
        version.Changed += Invalidate;
    }

    /// <summary>The flows as they are now. Fails as the database fails.</summary>
    public ValueTask<FlowSet> CurrentAsync(CancellationToken cancellationToken)
        => _current is { } flows ? ValueTask.FromResult(flows) : LoadAsync(cancellationToken);

    /// <summary>Called after a change is committed and before the call that made it returns.</summary>
    public void Invalidate()
    {
        lock (_gate)
        {
            _generation++;
            _current = null;
        }
    }

    private async ValueTask<FlowSet> LoadAsync(CancellationToken cancellationToken)
    {
        var generation = Volatile.Read(ref _generation);
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var flows = new FlowSet(
            await db.Set<Flow>().AsNoTracking().OrderBy(f => f.Name).ThenBy(f => f.Id).ToListAsync(cancellationToken),
            await db.Set<Connection>().AsNoTracking().ToListAsync(cancellationToken));
        lock (_gate)
        {
            // A load that began before a change may answer its own caller, but not those who come after the change.
            if (generation == Volatile.Read(ref _generation))
            {
                _current = flows;
            }
        }

        return flows;
    }
}

/// <summary>The flows at one moment, by id and by route, with the connections they go through.</summary>
public sealed class FlowSet(IReadOnlyList<Flow> flows, IReadOnlyList<Connection> connections)
{
    private readonly FrozenDictionary<string, Connection> _connections = connections.ToFrozenDictionary(c => c.Id, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, Flow> _byId = flows.ToFrozenDictionary(f => f.Id, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, Flow> _byRoute =
        flows.Where(f => f.Route is not null).ToFrozenDictionary(f => f.Route!, StringComparer.OrdinalIgnoreCase);

    /// <summary>Ordered by name.</summary>
    public IReadOnlyList<Flow> All => flows;

    public Flow? Find(string id) => _byId.GetValueOrDefault(id);

    public Connection? FindConnection(string id) => _connections.GetValueOrDefault(id);

    public Flow? FindByRoute(string route) => _byRoute.GetValueOrDefault(route);
}
