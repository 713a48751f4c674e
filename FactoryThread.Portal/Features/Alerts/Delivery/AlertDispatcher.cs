using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts.Delivery;

/// <summary>Delivers the outbox: each message at least once, with the same id each time, and with growing pauses after failures.</summary>
public sealed partial class AlertDispatcher(
    IDbContextFactory<PortalDbContext> contexts, ChannelSecrets secrets, WebhookSender webhooks, MailSender mails,
    AlertFeed feed, IOptions<AlertOptions> options, TimeProvider time, ILogger<AlertDispatcher> logger) : IDisposable
{
    /// <summary>Messages of one channel in one go.</summary>
    private const int MostPerChannel = 100;

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Tries everything that is due now. Channels do not wait for each other. Returns how many messages were tried.</summary>
    public async Task<int> DeliverDueAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetStoredNow();
            List<string> due;
            await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
            {
                due = await db.Set<AlertMessage>().Where(m => m.NextAttemptAt <= now).Select(m => m.ChannelId).Distinct().ToListAsync(cancellationToken);
            }

            var tried = (await Task.WhenAll(due.Select(channel => DeliverAsync(channel, now, cancellationToken)))).Sum();
            if (tried > 0)
            {
                feed.Raise();
            }

            return tried;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Sends a message once, as it would be delivered.</summary>
    internal async Task<DeliveryFault?> SendAsync(AlertChannel channel, string? secret, AlertMessage message, CancellationToken cancellationToken)
        => channel.Type == ChannelType.Mail
            ? await mails.SendAsync(ChannelSettings.Recipients(channel.Target), message.Subject, message.Body, message.MessageId, cancellationToken)
            : secret is null
                ? new DeliveryFault("The signing secret cannot be read; the key ring it was stored with is gone. Give the channel a new secret.", "secret")
                : await webhooks.SendAsync(channel.Target, secret, message.MessageId, message.Body, cancellationToken);

    /// <summary>Removes lines of the delivery log that are too old.</summary>
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow().AddDays(-options.Value.KeepMessagesDays);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Set<AlertMessage>().Where(m => m.NextAttemptAt == null && m.CreatedAt < before).ExecuteDeleteAsync(cancellationToken);
    }

    public void Dispose() => _one.Dispose();

    private async Task<int> DeliverAsync(string channelId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var channel = await db.Set<AlertChannel>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == channelId, cancellationToken);
        var messages = await db.Set<AlertMessage>().Where(m => m.ChannelId == channelId && m.NextAttemptAt <= now)
            .OrderBy(m => m.Id).Take(MostPerChannel).ToListAsync(cancellationToken);
        foreach (var message in messages)
        {
            if (channel is not { Enabled: true })
            {
                message.Failed("The channel was switched off before the message could be delivered.", now, retry: false);
            }
            else if (await SendAsync(channel, secrets.Unprotect(channel), message, cancellationToken) is { } fault)
            {
                message.Failed(fault.Message, now, retry: !fault.Final);
                Log.NotDelivered(logger, message.MessageId, channel.Type, message.Attempts, fault.Message);
            }
            else
            {
                message.Delivered(time.GetStoredNow());
            }

            // At once, so that a crash repeats one message at most; and what was sent is noted even while the portal stops.
            await db.SaveChangesAsync(CancellationToken.None);
            if (channel is { Enabled: true } && message is { DeliveredAt: null, NextAttemptAt: not null })
            {
                // The others would fail too; they are due again with the next look.
                return messages.IndexOf(message) + 1;
            }
        }

        return messages.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Message {MessageId} could not be delivered by {Channel} (attempt {Attempt}): {Reason}")]
        public static partial void NotDelivered(ILogger logger, string messageId, ChannelType channel, int attempt, string reason);
    }
}
