using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Alerts.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Alerts.Delivery;

/// <summary>Writes messages beside the alerts they tell of, in the same transaction.</summary>
public sealed class AlertOutbox(AlertTexts texts) : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0);

    /// <summary>Adds what the channels are to be told now, digests that are due among it; the caller saves and commits.</summary>
    /// <param name="alerts">Alerts that are new or matter more than before, with their ids.</param>
    /// <returns>True if anything was added.</returns>
    public async Task<bool> EnqueueAsync(PortalDbContext db, IReadOnlyList<Alert> alerts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = await EnqueueFirstAsync(db, alerts, [.. alerts.Select(a => a.Level)], now, cancellationToken);
        foreach (var channel in await db.Set<AlertChannel>().Where(c => c.Enabled && c.Pace == ChannelPace.DailyDigest).ToListAsync(cancellationToken))
        {
            added |= channel.IsDigestDue(now) && await DigestAsync(db, channel, now, cancellationToken);
        }

        return added;
    }

    /// <summary>Adds what people and programs are to be told of the first of many alerts; the others come to <see cref="EnqueueRestAsync"/>.</summary>
    /// <param name="all">The levels of all that happened at once, of which <paramref name="alerts"/> are the first.</param>
    /// <inheritdoc cref="EnqueueAsync"/>
    public async Task<bool> EnqueueFirstAsync(
        PortalDbContext db, IReadOnlyList<Alert> alerts, IReadOnlyCollection<AlertLevel> all, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = await EnqueueRestAsync(db, alerts, now, cancellationToken);
        foreach (var channel in await db.Set<AlertChannel>()
            .Where(c => c.Enabled && c.Type == ChannelType.Mail && c.Pace != ChannelPace.DailyDigest).ToListAsync(cancellationToken))
        {
            // People get one mail for all that happened at once.
            if (alerts.Where(a => a.Level >= channel.MinimumLevel).ToList() is { Count: > 0 } wanted)
            {
                db.Add(texts.ComposeMail(channel, wanted, Math.Max(wanted.Count, all.Count(level => level >= channel.MinimumLevel)), now));
                added = true;
            }
        }

        return added;
    }

    /// <summary>Adds what programs are to be told: one event for each alert.</summary>
    /// <inheritdoc cref="EnqueueAsync"/>
    public async Task<bool> EnqueueRestAsync(PortalDbContext db, IReadOnlyList<Alert> alerts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = false;
        foreach (var channel in await db.Set<AlertChannel>()
            .Where(c => c.Enabled && c.Type == ChannelType.Webhook && c.Pace != ChannelPace.DailyDigest).ToListAsync(cancellationToken))
        {
            foreach (var alert in alerts.Where(a => a.Level >= channel.MinimumLevel))
            {
                db.Add(texts.ComposeEvent(channel, alert, now));
                added = true;
            }
        }

        return added;
    }

    /// <summary>There may be something to deliver.</summary>
    public void Signal()
    {
        if (_signal.CurrentCount == 0)
        {
            _signal.Release();
        }
    }

    /// <summary>Waits for <see cref="Signal"/>, but not for ever.</summary>
    internal Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _signal.WaitAsync(longest, cancellationToken);

    public void Dispose() => _signal.Dispose();

    private async Task<bool> DigestAsync(PortalDbContext db, AlertChannel channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (since, level) = (channel.DigestedAt, channel.MinimumLevel);
        var alerts = await db.Set<Alert>()
            .Where(a => a.Level >= level && (a.RaisedAt > since || (a.ResolvedAt == null && a.AcknowledgedAt == null && (a.SnoozedUntil == null || a.SnoozedUntil <= now))))
            .OrderByDescending(a => a.Level).ThenByDescending(a => a.LastSeenAt)
            .Take(AlertTexts.MostInDigest + 1)
            .ToListAsync(cancellationToken);
        channel.Digested(now);
        if (alerts.Count > 0)
        {
            db.Add(texts.ComposeDigest(channel, alerts, now));
        }

        return true;
    }
}
