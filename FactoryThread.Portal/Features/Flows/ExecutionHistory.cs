using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Store;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>What ran, for people: executions with the names that belong to them.</summary>
public sealed class ExecutionHistory(RequestLog log, FlowCatalog catalog, IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>Newest first, everything answered before this call included.</summary>
    public async Task<ExecutionRows> ListAsync(ExecutionQuery query, CancellationToken cancellationToken)
    {
        var page = await log.ExecutionsAsync(query, cancellationToken);
        var flows = await catalog.CurrentAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await FlowStore.KeyNamesAsync(db, [.. page.Items.Select(e => e.KeyId).Distinct(StringComparer.Ordinal)], cancellationToken);
        return new ExecutionRows(
            [
                .. page.Items.Select(e => new ExecutionRow
                {
                    Id = e.ExecutionId!,
                    FlowId = e.FlowId ?? "",
                    FlowName = flows.Find(e.FlowId ?? "")?.Name ?? e.FlowId ?? "",
                    KeyId = e.KeyId,
                    KeyName = keys.GetValueOrDefault(e.KeyId),
                    Test = e.Test,
                    Outcome = e.Outcome,
                    Status = e.Status,
                    At = e.At,
                    DurationMicros = e.DurationMicros,
                    Error = e.Error,
                    Route = e.Route,
                    Address = e.Address,
                    UserAgent = e.UserAgent,
                    RequestId = e.RequestId,
                }),
            ],
            page.Next);
    }

    /// <summary>The latest execution of each flow that has one, by flow id.</summary>
    public async Task<IReadOnlyDictionary<string, LastRun>> LastRunsAsync(CancellationToken cancellationToken)
    {
        // Asking the log for anything brings it up to this moment.
        await log.ExecutionsAsync(new ExecutionQuery { Take = 1 }, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FlowStore.LastRunsAsync(db, cancellationToken);
    }
}
