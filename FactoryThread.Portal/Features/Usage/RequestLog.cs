using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Reads the log of recorded requests; a row with an execution id is that execution's record.</summary>
public sealed class RequestLog(IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>Executions across keys and flows, newest first, everything answered before this call included.</summary>
    public async Task<ExecutionPage> ExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = db.Set<RequestLogEntry>().AsNoTracking().Where(e => e.ExecutionId != null);
        if (query.FlowIds is { } flows)
        {
            rows = rows.Where(e => flows.Contains(e.FlowId!));
        }

        if (query.KeyId is { } key)
        {
            rows = rows.Where(e => e.KeyId == key);
        }

        if (query.ExecutionId is { } id)
        {
            rows = rows.Where(e => e.ExecutionId == id);
        }

        if (query.Outcome is { } outcome)
        {
            rows = rows.Where(e => e.Outcome == outcome);
        }

        if (query.BeforeId is { } before)
        {
            rows = rows.Where(e => e.Id < before);
        }

        var take = Math.Clamp(query.Take, 1, 200);
        var items = await rows.OrderByDescending(e => e.Id).Take(take + 1).ToListAsync(cancellationToken);
        if (items.Count <= take)
        {
            return new ExecutionPage(items, null);
        }

        items.RemoveAt(take);
        return new ExecutionPage(items, items[^1].Id);
    }
}
