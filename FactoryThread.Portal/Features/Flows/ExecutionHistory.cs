using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Flows.Store;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>What ran, for people: executions with the names that belong to them.</summary>
public sealed class ExecutionHistory(RequestLog log, FlowCatalog catalog, IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>
    /// Newest first, everything answered before this call included. Who sees only their own keys sees that a flow ran for somebody else, but not
    /// with which key, nor from where.
    /// </summary>
    public async Task<ExecutionRows> ListAsync(ExecutionQuery query, Caller caller, CancellationToken cancellationToken)
    {
        var page = await log.ExecutionsAsync(query, cancellationToken);
        var flows = await catalog.CurrentAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var keys = await FlowStore.KeyNamesAsync(db, [.. page.Items.Select(e => e.KeyId).Distinct(StringComparer.Ordinal)], caller.OnlyOf, cancellationToken);
        return new ExecutionRows([.. page.Items.Select(Row)], page.Next);

        ExecutionRow Row(RequestLogEntry e)
        {
            var shown = caller.OnlyOf is null || keys.ContainsKey(e.KeyId);
            return new ExecutionRow
            {
                Id = e.ExecutionId!,
                FlowId = e.FlowId ?? "",
                FlowName = flows.Find(e.FlowId ?? "")?.Name ?? e.FlowId ?? "",
                KeyId = shown ? e.KeyId : null,
                KeyName = keys.GetValueOrDefault(e.KeyId),
                Test = e.Test,
                Outcome = e.Outcome,
                Status = e.Status,
                At = e.At,
                DurationMicros = e.DurationMicros,
                Error = e.Error,
                Route = e.Route,
                Address = shown ? e.Address : null,
                UserAgent = shown ? e.UserAgent : null,
                RequestId = shown ? e.RequestId : null,
            };
        }
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
