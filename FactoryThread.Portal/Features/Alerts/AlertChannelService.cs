using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>Where alerts are sent, by administrators only. A signing secret goes in and never comes out again.</summary>
public sealed class AlertChannelService(
    IDbContextFactory<PortalDbContext> contexts, AlertDispatcher dispatcher, AlertTexts texts, ChannelSecrets secrets, AuditLog audit, TimeProvider time,
    IOptions<PortalOptions> portal)
{
    private const int MostChannels = 20;

    private const string Right = "manages where alerts are sent";
    private static readonly Failure NoSuchChannel = Failure.NotFound("There is no such channel.");

    /// <summary>Oldest first, each with its latest message.</summary>
    public async Task<Result<IReadOnlyList<ChannelView>>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var channels = await db.Set<AlertChannel>().AsNoTracking().OrderBy(c => c.CreatedAt).ThenBy(c => c.Id).ToListAsync(cancellationToken);
        var views = new List<ChannelView>();
        foreach (var channel in channels)
        {
            var latest = await db.Set<AlertMessage>().AsNoTracking().Where(m => m.ChannelId == channel.Id).OrderByDescending(m => m.Id).FirstOrDefaultAsync(cancellationToken);
            views.Add(View(channel, latest is null ? null : View(latest)));
        }

        return views;
    }

    /// <summary>The delivery log, newest first.</summary>
    public async Task<Result<Page<MessageView>>> LogAsync(int skip, int take, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var messages = db.Set<AlertMessage>().AsNoTracking();
        var total = await messages.CountAsync(cancellationToken);
        var items = await messages.OrderByDescending(m => m.Id).Skip(skip).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken);
        return new Page<MessageView>(items.ConvertAll(View), total);
    }

    /// <summary>Makes a channel, or changes one.</summary>
    /// <param name="id">Null for a new one, which needs a secret if it is a webhook.</param>
    public async Task<Result<ChannelView>> SaveAsync(string? id, ChannelSettings settings, Caller caller, CancellationToken cancellationToken)
    {
        if (Check(id, settings, caller) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        AlertChannel channel;
        if (id is null)
        {
            if (RefusesHost(settings, null) is { } unlisted)
            {
                return unlisted;
            }

            if (await db.Set<AlertChannel>().CountAsync(cancellationToken) >= MostChannels)
            {
                return Failure.Conflict($"There are up to {MostChannels} channels. Delete one first.");
            }

            var newId = AlertChannel.NewId();
            db.Add(channel = AlertChannel.Create(newId, settings, Seal(newId, settings), time.GetStoredNow()));
            audit.Append(db, caller.Actor, "alert_channel.created", channel.Id, channel.Target, Facts(channel));
        }
        else
        {
            if (await FindAsync(db, id, settings.Type, cancellationToken) is not { } found)
            {
                return NoSuchChannel;
            }

            channel = found;
            if ((MovesSecret(channel, settings) ?? RefusesHost(settings, channel)) is { } moved)
            {
                return moved;
            }

            var before = Facts(channel);
            channel.Change(settings, Seal(id, settings));
            audit.Append(db, caller.Actor, "alert_channel.updated", id, channel.Target, new { from = before, to = Facts(channel), newSecret = settings.Secret is not null });
        }

        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return View(channel, null);
    }

    /// <summary>Deletes a channel with its log; what still waits for it is not sent.</summary>
    public async Task<Result<ChannelView>> DeleteAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Set<AlertChannel>().SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } channel)
        {
            return NoSuchChannel;
        }

        db.Remove(channel);
        await db.Set<AlertMessage>().Where(m => m.ChannelId == id).ExecuteDeleteAsync(cancellationToken);
        audit.Append(db, caller.Actor, "alert_channel.deleted", id, channel.Target, Facts(channel));
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return View(channel, null);
    }

    /// <summary>Sends a message by these settings now, saved or not; what was sent by a saved channel stands in the log.</summary>
    public async Task<Result<bool>> TestAsync(string? id, ChannelSettings settings, Caller caller, CancellationToken cancellationToken)
    {
        if (Check(id, settings, caller) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var stored = id is null ? null : await FindAsync(db, id, settings.Type, cancellationToken);
        if (id is not null && stored is null)
        {
            return NoSuchChannel;
        }

        if (stored is not null && MovesSecret(stored, settings) is { } moved)
        {
            return moved;
        }

        var now = time.GetStoredNow();
        var channel = AlertChannel.Create(id ?? AlertChannel.NewId(), settings, null, now);
        var message = texts.ComposeTest(channel, now);
        var fault = await dispatcher.SendAsync(channel, settings.Secret ?? (stored is null ? null : secrets.Unprotect(stored)), message, cancellationToken);
        if (fault is null)
        {
            message.Delivered(time.GetStoredNow());
        }
        else
        {
            message.Failed(fault.Message, now, retry: false);
        }

        if (stored is not null)
        {
            db.Add(message);
            await db.SaveChangesAsync(CancellationToken.None);
        }

        return fault is null ? true : new Failure(FailureKind.Conflict, fault.Message, fault.Field);
    }

    private static Failure? Check(string? id, ChannelSettings settings, Caller caller)
        => caller.Refused(PortalRole.Administrator, Right)
            ?? (settings.Check() is { } violation ? Failure.Invalid(violation.Field, violation.Message)
            : id is null && settings is { Type: ChannelType.Webhook, Secret: null } ? Failure.Invalid("secret", "A new webhook needs a signing secret.")
            : null);

    /// <summary>What was stored while its host was allowed can be changed otherwise and switched off.</summary>
    private Failure? RefusesHost(ChannelSettings settings, AlertChannel? stored)
        => settings is { Type: ChannelType.Webhook, Enabled: true }
            && !(stored is { Enabled: true } && stored.Target == settings.Target.Trim())
            && portal.Value.RefusesToCall(new Uri(settings.Target.Trim())) is { } refusal
            ? Failure.Invalid("target", refusal)
            : null;

    /// <summary>A stored secret must not sign for a host that somebody else may listen at.</summary>
    private static Failure? MovesSecret(AlertChannel channel, ChannelSettings settings)
        => settings is { Type: ChannelType.Webhook, Secret: null }
            && new Uri(channel.Target).Authority != new Uri(settings.Target.Trim()).Authority
            ? Failure.Invalid("secret", "The address leads to another host. Give it a new signing secret.")
            : null;

    private static Task<AlertChannel?> FindAsync(PortalDbContext db, string id, ChannelType type, CancellationToken cancellationToken)
        => db.Set<AlertChannel>().SingleOrDefaultAsync(c => c.Id == id && c.Type == type, cancellationToken);

    private string? Seal(string id, ChannelSettings settings) => settings is { Type: ChannelType.Webhook, Secret: { } secret } ? secrets.Protect(id, secret) : null;

    private static object Facts(AlertChannel channel)
        => new { type = channel.Type.ToString(), target = channel.Target, pace = channel.Pace.ToString(), minimumLevel = channel.MinimumLevel.ToString(), channel.DigestHour, channel.Enabled };

    private static ChannelView View(AlertChannel channel, MessageView? latest)
        => new(channel.Id, channel.Type, channel.Target, channel.Pace, channel.MinimumLevel, channel.DigestHour, channel.Enabled, latest);

    private static MessageView View(AlertMessage message)
        => new(message.Id, message.ChannelId, message.Subject, message.CreatedAt, message.Attempts, message.NextAttemptAt, message.DeliveredAt, message.LastError);
}
