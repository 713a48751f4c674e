using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Reads the log of recorded requests, and the executions among them.</summary>
/// <remarks>Every answer includes whatever was answered before the call (<see cref="UsageMover.CatchUpAsync"/>).</remarks>
public sealed class RequestLog(IDbContextFactory<PortalDbContext> contexts, UsageMover mover)
{
    private const int MaxTake = 200;

    /// <summary>Requests of a key that one call looks at if it filters.</summary>
    private const int RequestWindow = 50_000;

    /// <summary>Executions that one call looks at if it filters.</summary>
    private const int ExecutionWindow = 500_000;

    /// <summary>The requests of one key.</summary>
    public async Task<RequestPage> RequestsAsync(RequestQuery query, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var take = Math.Clamp(query.Take, 1, MaxTake);
        var items = new List<RequestLogEntry>();
        var more = false;
        var window = await RequestSegments.VisitNewestAsync(
            db,
            query.KeyId,
            query.From,
            query.To,
            query.BeforeId,
            RequestWindow,
            (id, request) =>
            {
                if (Matches(query, request))
                {
                    more = items.Count == take;
                    if (!more)
                    {
                        items.Add(request.Show(id, query.KeyId));
                    }
                }

                return !more;
            },
            cancellationToken);
        return new RequestPage(items, more ? items[^1].Id : window);
    }

    /// <summary>Executions across keys and flows, newest first.</summary>
    public async Task<ExecutionPage> ExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var take = Math.Clamp(query.Take, 1, MaxTake);
        var all = db.Set<RequestLogEntry>().AsNoTracking();
        var executions = query.KeyId is { } key ? all.Where(e => e.KeyId == key) : all;
        executions = query.Outcome is { } outcome ? executions.Where(e => e.Outcome == outcome) : executions;
        if (query.ExecutionId is { } id)
        {
            executions = query.FlowIds is { } flows ? executions.Where(e => flows.Contains(e.FlowId!)) : executions;
            return new ExecutionPage(await executions.Where(e => e.ExecutionId == id).ToListAsync(cancellationToken), null);
        }

        // Filters look at the executions of a window, by key or flow by flow from an index that goes on by id: no sorting of all there are.
        var before = query.BeforeId ?? long.MaxValue;
        var newest = Math.Min(before, await all.MaxAsync(e => (long?)e.Id, cancellationToken) + 1 ?? 0);
        var floor = query is { Outcome: null, KeyId: null } ? 0 : Math.Max(0, newest - ExecutionWindow);
        executions = executions.Where(e => e.Id < before && e.Id >= floor);
        var found = new List<RequestLogEntry>();
        if (query.KeyId is not null)
        {
            executions = query.FlowIds is { } flows ? executions.Where(e => flows.Contains(e.FlowId!)) : executions;
            found = await executions.OrderByDescending(e => e.Id).Take(take + 1).ToListAsync(cancellationToken);
        }
        else
        {
            foreach (var flow in query.FlowIds ?? await ExecutedFlowsAsync(db, cancellationToken))
            {
                found.AddRange(await executions.Where(e => e.FlowId == flow).OrderByDescending(e => e.Id).Take(take + 1).ToListAsync(cancellationToken));
            }

            found.Sort((one, other) => other.Id.CompareTo(one.Id));
        }

        var page = found.Take(take).ToList();
        return new ExecutionPage(page, found.Count > take ? page[^1].Id : floor > 0 ? floor : null);
    }

    private static bool Matches(RequestQuery query, RequestRecordFormat.Entry request)
    {
        if (query.Outcome is { } outcome && request.Outcome != outcome)
        {
            return false;
        }

        var texts = request.Named();
        return Is(query.FlowId, texts.FlowId) && Is(query.Address, texts.Address) && Is(query.Code, texts.Code);

        static bool Is(string? wanted, ReadOnlySpan<byte> text) => wanted is null || wanted == RequestRecordFormat.Text(text);
    }

    /// <summary>Every flow that was ever executed, by jumping from one to the next in the index.</summary>
    private static Task<List<string>> ExecutedFlowsAsync(PortalDbContext db, CancellationToken cancellationToken)
        => db.Database.SqlQueryRaw<string>("""
            WITH RECURSIVE flow(Value) AS (
                SELECT min(FlowId) FROM Executions
                UNION ALL
                SELECT (SELECT min(FlowId) FROM Executions WHERE FlowId > flow.Value) FROM flow WHERE flow.Value IS NOT NULL)
            SELECT Value FROM flow WHERE Value IS NOT NULL
            """).ToListAsync(cancellationToken);
}
