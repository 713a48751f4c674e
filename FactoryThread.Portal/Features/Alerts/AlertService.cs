using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>The inbox: alerts about the keys that somebody reaches; who reaches all keys sees every alert.</summary>
public sealed class AlertService(IDbContextFactory<PortalDbContext> contexts, AlertFeed feed, AuditLog audit, TimeProvider time)
{
    /// <summary>Alerts that one transaction changes: the write lock is held for a fraction of a second.</summary>
    public const int AtOnce = 500;

    private const string Right = "deals with alerts";

    private static readonly Failure NoSuchAlert = Failure.NotFound("There is no such alert, or somebody has resolved it.");

    /// <summary>Open alerts with the weightiest first, others with the latest first.</summary>
    /// <param name="kind">Only of this kind.</param>
    public async Task<Page<AlertView>> ListAsync(
        InboxFilter filter, int skip, int take, Caller caller, CancellationToken cancellationToken, AlertKind? kind = null)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var alerts = In(Visible(db, caller), filter, time.GetStoredNow());
        alerts = kind is { } only ? alerts.Where(a => a.Kind == only) : alerts;
        var total = await alerts.CountAsync(cancellationToken);
        var ordered = filter == InboxFilter.Resolved
            ? alerts.OrderByDescending(a => a.ResolvedAt).ThenByDescending(a => a.Id)
            : alerts.OrderByDescending(a => a.Level).ThenByDescending(a => a.LastSeenAt).ThenByDescending(a => a.Id);
        return new Page<AlertView>(await Rows(db, ordered.Skip(skip).Take(Math.Clamp(take, 1, 200))).ToListAsync(cancellationToken), total);
    }

    public async Task<InboxCounts> CountAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var now = time.GetStoredNow();
        return await Visible(db, caller).Where(a => a.ResolvedAt == null).GroupBy(_ => 1).Select(g => new InboxCounts(
            g.Count(a => a.AcknowledgedAt == null && (a.SnoozedUntil == null || a.SnoozedUntil <= now)),
            g.Count(a => a.AcknowledgedAt == null && (a.SnoozedUntil == null || a.SnoozedUntil <= now) && a.Level == AlertLevel.Critical),
            g.Count(a => a.AcknowledgedAt != null && (a.SnoozedUntil == null || a.SnoozedUntil <= now)),
            g.Count(a => a.SnoozedUntil > now))).SingleOrDefaultAsync(cancellationToken) ?? new InboxCounts(0, 0, 0, 0);
    }

    /// <summary>How many there are of each kind, the most frequent first, and the id of the newest of them.</summary>
    public async Task<IReadOnlyList<KindCount>> KindsAsync(InboxFilter filter, Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var kinds = await In(Visible(db, caller), filter, time.GetStoredNow()).GroupBy(a => a.Kind)
            .Select(g => new KindCount(g.Key, g.Count(), g.Max(a => a.Id))).ToListAsync(cancellationToken);
        return [.. kinds.OrderByDescending(k => k.Count).ThenBy(k => k.Kind)];
    }

    /// <summary>How many are open and how many of these are critical, but no further than 100 each: every page asks.</summary>
    public async Task<OpenAlerts> OpenAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var open = In(Visible(db, caller), InboxFilter.Open, time.GetStoredNow());
        var count = await open.Take(OpenAlerts.Most).CountAsync(cancellationToken);
        return new OpenAlerts(count, count == 0 ? 0 : await open.Where(a => a.Level == AlertLevel.Critical).Take(OpenAlerts.Most).CountAsync(cancellationToken));
    }

    /// <summary>Somebody looks after it: it leaves the list of open alerts, and returns if it gets worse.</summary>
    public Task<Result<bool>> AcknowledgeAsync(long id, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync(id, caller, "alert.acknowledged", (alert, now) => alert.Acknowledge(caller.Actor.Name, now), cancellationToken);

    /// <summary>
    /// Acknowledges open alerts of a kind, up to <see cref="AtOnce"/> in the order of their ids. Whoever calls it goes on after the last until none
    /// is left, and then raises the <see cref="AlertFeed"/>.
    /// </summary>
    /// <param name="after">The last id of the call before; 0 for the first. One that gets worse meanwhile is not acknowledged again.</param>
    /// <param name="upTo">The newest one that was counted for the viewer (<see cref="KindsAsync"/>): ids follow the order of the commits.</param>
    /// <returns>The ids; the audit log has an entry with their number and the first and last of them.</returns>
    public async Task<Result<IReadOnlyList<long>>> AcknowledgeAllAsync(AlertKind kind, long after, long upTo, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Operator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = time.GetStoredNow();
        var alerts = await In(Visible(db, caller), InboxFilter.Open, now).Where(a => a.Kind == kind && a.Id > after && a.Id <= upTo)
            .OrderBy(a => a.Id).Take(AtOnce).ToListAsync(cancellationToken);
        if (alerts.Count > 0)
        {
            foreach (var alert in alerts)
            {
                alert.Acknowledge(caller.Actor.Name, now);
            }

            var info = AlertKindInfo.Of(kind);
            audit.Append(db, caller.Actor, "alert.all_acknowledged", info.Code, info.Label, new { rule = info.Code, alerts = alerts.Count, first = alerts[0].Id, last = alerts[^1].Id });
            await db.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        return alerts.ConvertAll(a => a.Id);
    }

    /// <summary>Puts it away until an instant.</summary>
    public Task<Result<bool>> SnoozeAsync(long id, TimeSpan span, Caller caller, CancellationToken cancellationToken)
        => span < TimeSpan.FromMinutes(1) || span > TimeSpan.FromDays(90)
            ? Task.FromResult<Result<bool>>(Failure.Invalid("until", "Snooze for 1 minute to 90 days."))
            : ChangeAsync(id, caller, "alert.snoozed", (alert, now) => alert.Snooze(now + span), cancellationToken);

    /// <summary>It is done with; the same occasion does not alert again.</summary>
    public Task<Result<bool>> ResolveAsync(long id, Caller caller, CancellationToken cancellationToken)
        => ChangeAsync(id, caller, "alert.resolved", (alert, now) => alert.Resolve(caller.Actor.Name, now), cancellationToken);

    private async Task<Result<bool>> ChangeAsync(long id, Caller caller, string action, Action<Alert, DateTimeOffset> change, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Operator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await Visible(db, caller).SingleOrDefaultAsync(a => a.Id == id && a.ResolvedAt == null, cancellationToken) is not { } alert)
        {
            return NoSuchAlert;
        }

        change(alert, time.GetStoredNow());
        audit.Append(db, caller.Actor, action, $"{alert.Id}", alert.SubjectName, new { rule = AlertKindInfo.Of(alert.Kind).Code, alert.Summary, alert.SnoozedUntil });
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        feed.Raise();
        return true;
    }

    private static IQueryable<Alert> Visible(PortalDbContext db, Caller caller)
        => caller.AllKeys
            ? db.Set<Alert>()
            : db.Set<Alert>().Where(a => db.Set<ApiKey>().Where(k => k.OwnerId == caller.UserId).Select(k => k.Id).Contains(a.KeyId));

    private static IQueryable<Alert> In(IQueryable<Alert> alerts, InboxFilter filter, DateTimeOffset now) => filter switch
    {
        InboxFilter.Open => alerts.Where(a => a.ResolvedAt == null && a.AcknowledgedAt == null && (a.SnoozedUntil == null || a.SnoozedUntil <= now)),
        InboxFilter.Acknowledged => alerts.Where(a => a.ResolvedAt == null && a.AcknowledgedAt != null && (a.SnoozedUntil == null || a.SnoozedUntil <= now)),
        InboxFilter.Snoozed => alerts.Where(a => a.ResolvedAt == null && a.SnoozedUntil > now),
        _ => alerts.Where(a => a.ResolvedAt != null),
    };

    private static IQueryable<AlertView> Rows(PortalDbContext db, IQueryable<Alert> alerts) => alerts.Select(a => new AlertView(
        a.Id, a.Kind, a.Level, a.SubjectName, a.Summary, a.ActionText, a.ActionLink, a.RaisedAt, a.LastSeenAt, a.Occasions,
        a.AcknowledgedAt, a.AcknowledgedBy, a.SnoozedUntil, a.ResolvedAt, a.ResolvedBy,
        db.Set<ApiKey>().Where(k => k.Id == a.KeyId).Join(db.Users, k => k.OwnerId, u => u.Id, (_, u) => (PortalRole?)u.Role).FirstOrDefault()));
}
