using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Answers from the log of requests that no roll-up gives: who uses which value of a key, and what a change would hit.</summary>
public sealed class CallLog(IDbContextFactory<PortalDbContext> contexts, UsageMover mover)
{
    /// <summary>Newest requests of a key that one look reads.</summary>
    public const int Window = 500_000;

    private const int MostUsers = 50;

    /// <summary>Who presented this value since an instant, the latest first.</summary>
    public async Task<IReadOnlyList<ValueUser>> UsersOfValueAsync(string keyId, long secretId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Newest(db, keyId, since)
            .Where(e => e.SecretId == secretId)
            .GroupBy(e => new { e.Address, e.UserAgent, e.FlowId })
            .Select(g => new { g.Key, Requests = g.LongCount(), LastAt = g.Max(e => e.At) })
            .OrderByDescending(g => g.LastAt)
            .Take(MostUsers)
            .Select(g => new ValueUser(g.Key.Address, g.Key.UserAgent, g.Key.FlowId, g.Requests, g.LastAt))
            .ToListAsync(cancellationToken);
    }

    /// <summary>What the key was let through for since an instant, the most frequent first.</summary>
    public async Task<CallPatterns> PatternsAsync(string keyId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var newest = Newest(db, keyId, since);
        var patterns = await newest
            .Where(e => e.Outcome != Outcome.Refused)
            .GroupBy(e => new { e.FlowId, e.Route, e.Address })
            .Select(g => new CallPattern(g.Key.FlowId, g.Key.Route, g.Key.Address, g.LongCount()))
            .ToListAsync(cancellationToken);
        var complete = patterns.Sum(p => p.Requests) < Window && await newest.CountAsync(cancellationToken) < Window;
        return new CallPatterns([.. patterns.OrderByDescending(p => p.Requests)], complete);
    }

    private static IQueryable<RequestLogEntry> Newest(PortalDbContext db, string keyId, DateTimeOffset since)
        => db.Set<RequestLogEntry>().AsNoTracking().Where(e => e.KeyId == keyId && e.At >= since).OrderByDescending(e => e.At).Take(Window);
}
