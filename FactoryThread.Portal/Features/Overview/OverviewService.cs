using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Store;
using FactoryThread.Portal.Features.Overview.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Overview;

/// <summary>Gathers what needs attention. Of all keys the caller reaches.</summary>
public sealed class OverviewService(
    IDbContextFactory<PortalDbContext> contexts, ApiKeyService keys, AlertService alerts, UsageMover mover, TimeProvider time)
{
    /// <summary>Days in which a permission that was not used counts as not needed.</summary>
    public const int PrivilegeDays = 30;

    private const int MostNamed = 5;

    public async Task<Attention> AttentionAsync(Caller caller, CancellationToken cancellationToken)
    {
        var open = await alerts.ListAsync(InboxFilter.Open, 0, MostNamed, caller, cancellationToken);
        var counts = await keys.CountsAsync(caller, cancellationToken);
        var unused = await keys.TotalAsync(new ApiKeyQuery { Unused = true }, caller, cancellationToken);
        return new Attention(open.Items, open.Total, counts.Total, counts.ExpiresSoon, counts.RotationDue, unused, counts.UnusedDays);
    }

    /// <summary>
    /// Keys in use that could be narrowed: flows were selected for them that they did not call, or they have full access and did nothing but
    /// call flows. Keys younger than the span are left out, since nobody knows yet what they need.
    /// </summary>
    public async Task<OverPrivileged> OverPrivilegedAsync(Caller caller, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow();
        var since = now.AddDays(-PrivilegeDays);
        var used = db.Set<UsageHour>().Where(h => h.Hour >= since && h.Outcome != Outcome.Refused);
        var granted = Of(db, caller)
            .ActiveAt(now).Where(k => k.CreatedAt <= since && k.LastUsedAt >= since)
            .Where(k => (k.Permission == KeyPermission.SpecificFlows
                    && db.Set<ApiKeyFlow>().Any(f => f.KeyId == k.Id && !used.Any(h => h.KeyId == k.Id && h.FlowId == f.FlowId)))
                || (k.Permission == KeyPermission.FullAccess && used.Any(h => h.KeyId == k.Id) && !used.Any(h => h.KeyId == k.Id && h.FlowId == "")));
        return new OverPrivileged(
            await granted.OrderBy(k => k.Name).ThenBy(k => k.Id).Take(MostNamed)
                .Select(k => new WideKey(new NamedKey(k.Id, k.Name), db.Users.Where(u => u.Id == k.OwnerId).Select(u => u.Role).First())).ToListAsync(cancellationToken),
            await granted.CountAsync(cancellationToken));
    }

    /// <summary>The keys with most refused and failed requests since an instant.</summary>
    public async Task<IReadOnlyList<TroubledKey>> TroubledAsync(DateTimeOffset since, Caller caller, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var troubled = await (
            from key in Of(db, caller)
            join hour in db.Set<UsageHour>() on key.Id equals hour.KeyId
            where hour.Hour >= since && hour.Outcome != Outcome.Succeeded
            group hour by new { key.Id, key.Name } into g
            orderby g.Sum(h => h.Count) descending, g.Key.Name
            select new
            {
                g.Key.Id,
                g.Key.Name,
                Failed = g.Sum(h => h.Outcome == Outcome.Failed ? h.Count : 0),
                Refused = g.Sum(h => h.Outcome == Outcome.Refused ? h.Count : 0),
            }).Take(MostNamed).ToListAsync(cancellationToken);
        return troubled.ConvertAll(t => new TroubledKey(new NamedKey(t.Id, t.Name), new UsageCounts(0, t.Failed, t.Refused)));
    }

    private static IQueryable<ApiKey> Of(PortalDbContext db, Caller caller)
        => caller.AllKeys ? db.Set<ApiKey>().AsNoTracking() : db.Set<ApiKey>().AsNoTracking().Where(k => k.OwnerId == caller.UserId);
}
