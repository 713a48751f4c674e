using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Reads the log of recorded requests; a row with an execution id is that execution's record.</summary>
/// <remarks>Every answer includes whatever was answered before the call (<see cref="UsageMover.CatchUpAsync"/>).</remarks>
public sealed class RequestLog(IDbContextFactory<PortalDbContext> contexts, UsageMover mover)
{
    private const int MaxTake = 200;

    /// <summary>Rows of a key that one call looks at if it filters.</summary>
    private const int RequestWindow = 50_000;

    /// <summary>Rows of the log that one call looks at if it filters executions by outcome.</summary>
    private const int ExecutionWindow = 500_000;

    /// <summary>The requests of one key.</summary>
    public async Task<RequestPage> RequestsAsync(RequestQuery query, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var ordered = await OfKeyAsync(db, query, cancellationToken);
        var take = Math.Clamp(query.Take, 1, MaxTake);

        // By time the index finds them; for all else it has to look at the rows of the time that was asked for.
        var filters = (query.Outcome, query.FlowId, query.Address, query.Code) is not (null, null, null, null);
        var rows = filters ? ordered.Take(RequestWindow) : ordered;
        rows = query.Outcome is { } outcome ? rows.Where(e => e.Outcome == outcome) : rows;
        rows = query.FlowId is { } flow ? rows.Where(e => e.FlowId == flow) : rows;
        rows = query.Address is { } address ? rows.Where(e => e.Address == address) : rows;
        rows = query.Code is { } code ? rows.Where(e => e.Code == code) : rows;
        var (items, next) = Cut(await NewestFirst(rows).Take(take + 1).ToListAsync(cancellationToken), take);
        return new RequestPage(items, next ?? (filters ? await EndOfWindowAsync(ordered, cancellationToken) : null));
    }

    /// <summary>Executions across keys and flows, newest first.</summary>
    public async Task<ExecutionPage> ExecutionsAsync(ExecutionQuery query, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var take = Math.Clamp(query.Take, 1, MaxTake);
        if (query.ExecutionId is { } id)
        {
            var found = db.Set<RequestLogEntry>().AsNoTracking().Where(e => e.ExecutionId == id);
            return new ExecutionPage(await Filter(found, query).ToListAsync(cancellationToken), null);
        }

        if (query.KeyId is { } key)
        {
            var ordered = await OfKeyAsync(db, new RequestQuery { KeyId = key, BeforeId = query.BeforeId }, cancellationToken);
            var rows = Filter(ordered.Take(RequestWindow).Where(e => e.ExecutionId != null), query);
            var (ofKey, nextOfKey) = Cut(await NewestFirst(rows).Take(take + 1).ToListAsync(cancellationToken), take);
            return new ExecutionPage(ofKey, nextOfKey ?? await EndOfWindowAsync(ordered, cancellationToken));
        }

        // The index of executions is ordered by flow, then by id: one short look per flow, and no sorting.
        var before = query.BeforeId ?? long.MaxValue;
        var newest = Math.Min(before, await db.Set<IntakeWatermark>().Select(w => w.LogId).FirstAsync(cancellationToken) + 1);
        var floor = query.Outcome is null ? 0 : Math.Max(0, newest - ExecutionWindow);
        var entries = new List<RequestLogEntry>();
        foreach (var flow in query.FlowIds ?? await ExecutedFlowsAsync(db, cancellationToken))
        {
            var rows = db.Set<RequestLogEntry>().AsNoTracking().Where(e => e.FlowId == flow && e.ExecutionId != null && e.Id < before && e.Id >= floor);
            rows = query.Outcome is { } outcome ? rows.Where(e => e.Outcome == outcome) : rows;
            entries.AddRange(await rows.OrderByDescending(e => e.Id).Take(take + 1).ToListAsync(cancellationToken));
        }

        var (items, next) = Cut([.. entries.OrderByDescending(e => e.Id)], take);
        return new ExecutionPage(items, next ?? (floor > 0 ? floor : null));
    }

    private static IQueryable<RequestLogEntry> Filter(IQueryable<RequestLogEntry> rows, ExecutionQuery query)
    {
        rows = query.KeyId is { } key ? rows.Where(e => e.KeyId == key) : rows;
        rows = query.FlowIds is { } flows ? rows.Where(e => flows.Contains(e.FlowId!)) : rows;
        return query.Outcome is { } outcome ? rows.Where(e => e.Outcome == outcome) : rows;
    }

    /// <summary>The requests of the query's key and time, newest first, from its cursor on.</summary>
    internal static async Task<IQueryable<RequestLogEntry>> OfKeyAsync(PortalDbContext db, RequestQuery query, CancellationToken cancellationToken)
    {
        var rows = db.Set<RequestLogEntry>().AsNoTracking().Where(e => e.KeyId == query.KeyId);
        rows = query.From is { } from ? rows.Where(e => e.At >= from) : rows;
        rows = query.To is { } to ? rows.Where(e => e.At < to) : rows;
        if (query.BeforeId is { } before)
        {
            // The index is ordered by time, the cursor is an id. A row that retention has removed meanwhile has nothing older after it.
            var at = await db.Set<RequestLogEntry>().Where(e => e.Id == before).Select(e => (DateTimeOffset?)e.At).FirstOrDefaultAsync(cancellationToken);
            rows = at is null ? rows.Where(e => e.Id < before) : rows.Where(e => e.At <= at && (e.At < at || e.Id < before));
        }

        return NewestFirst(rows);
    }

    private static IOrderedQueryable<RequestLogEntry> NewestFirst(IQueryable<RequestLogEntry> rows) => rows.OrderByDescending(e => e.At).ThenByDescending(e => e.Id);

    /// <summary>The last row that a filtering call has looked at, if there are more.</summary>
    private static async Task<long?> EndOfWindowAsync(IQueryable<RequestLogEntry> ordered, CancellationToken cancellationToken)
    {
        var last = await ordered.Skip(RequestWindow - 1).Select(e => (long?)e.Id).Take(2).ToListAsync(cancellationToken);
        return last.Count == 2 ? last[0] : null;
    }

    /// <summary>Every flow that was ever executed, by jumping from one to the next in the index.</summary>
    private static Task<List<string>> ExecutedFlowsAsync(PortalDbContext db, CancellationToken cancellationToken)
        => db.Database.SqlQueryRaw<string>("""
            WITH RECURSIVE flow(Value) AS (
                SELECT min(FlowId) FROM RequestLog WHERE ExecutionId IS NOT NULL AND FlowId IS NOT NULL
                UNION ALL
                SELECT (SELECT min(FlowId) FROM RequestLog WHERE ExecutionId IS NOT NULL AND FlowId > flow.Value) FROM flow WHERE flow.Value IS NOT NULL)
            SELECT Value FROM flow WHERE Value IS NOT NULL
            """).ToListAsync(cancellationToken);

    private static (List<RequestLogEntry> Items, long? Next) Cut(List<RequestLogEntry> rows, int take)
    {
        if (rows.Count <= take)
        {
            return (rows, null);
        }

        rows.RemoveRange(take, rows.Count - take);
        return (rows, rows[^1].Id);
    }
}
