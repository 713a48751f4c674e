using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Alerts.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Alerts.Store;

/// <summary>What a finding does to the latest alert of its kind and subject.</summary>
internal enum AlertChange
{
    /// <summary>The open alert says the same already, or this occasion was dealt with.</summary>
    None,

    /// <summary>The open alert reads differently.</summary>
    Words,

    /// <summary>People are to hear of it.</summary>
    News,
}

/// <summary>Adds findings to the alerts that are open, and opens those that are new.</summary>
internal static class AlertLedger
{
    /// <summary>The latest alert for each kind and subject among the findings; an open one is always the subject's latest.</summary>
    public static async Task<Dictionary<(AlertKind Kind, string Subject), Alert>> LatestAsync(
        IQueryable<Alert> alerts, IReadOnlyCollection<Finding> findings, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<(AlertKind, string), Alert>();
        foreach (var group in findings.GroupBy(f => f.Kind))
        {
            var kind = group.Key;
            foreach (var subjects in group.Select(f => f.Subject).Distinct().Chunk(500))
            {
                var ids = alerts.Where(a => a.Kind == kind && subjects.Contains(a.Subject)).GroupBy(a => a.Subject).Select(g => g.Max(a => a.Id));
                foreach (var alert in await alerts.Where(a => ids.Contains(a.Id)).ToListAsync(cancellationToken))
                {
                    latest[(kind, alert.Subject)] = alert;
                }
            }
        }

        return latest;
    }

    public static AlertChange ChangeBy(Finding finding, Alert? latest) => latest switch
    {
        null => AlertChange.News,
        { ResolvedAt: null } => finding.Level > latest.Level ? AlertChange.News : latest.Says(finding) ? AlertChange.None : AlertChange.Words,
        _ => finding.Occasion != latest.Occasion || finding.Level > latest.Level ? AlertChange.News : AlertChange.None,
    };

    /// <returns>Alerts that people are to hear of; the caller saves.</returns>
    public static async Task<List<Alert>> TakeAsync(PortalDbContext db, IReadOnlyCollection<Finding> findings, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var news = new List<Alert>();
        var latest = await LatestAsync(db.Set<Alert>(), findings, cancellationToken);
        foreach (var finding in findings)
        {
            var known = latest.GetValueOrDefault((finding.Kind, finding.Subject));
            if (known is { ResolvedAt: null })
            {
                if (known.Add(finding) && !news.Contains(known))
                {
                    news.Add(known);
                }
            }
            else if (ChangeBy(finding, known) == AlertChange.News)
            {
                var alert = latest[(finding.Kind, finding.Subject)] = Alert.Raise(finding, now);
                db.Add(alert);
                news.Add(alert);
            }
        }

        return news;
    }
}
