using System.Net.Mail;
using System.Security.Cryptography;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Alerts.Model;

public enum ChannelType
{
    Mail,
    Webhook,
}

/// <summary>When a channel is told.</summary>
public enum ChannelPace
{
    AtOnce,
    DailyDigest,
}

/// <summary>What of a channel can be chosen.</summary>
/// <param name="Target">Mail: addresses with commas between them. Webhook: an http or https address.</param>
/// <param name="Secret">Webhook: the signing secret, <c>whsec_…</c>; null keeps the stored one.</param>
/// <param name="DigestHour">Hour of the UTC day at which a digest goes out, 0…23.</param>
public sealed record ChannelSettings(ChannelType Type, string Target, ChannelPace Pace, AlertLevel MinimumLevel, int DigestHour = 6, bool Enabled = true, string? Secret = null)
{
    public const int MaxTargetLength = 1000;
    public const int MaxRecipients = 20;

    /// <summary>The addresses of a mail channel.</summary>
    public static string[] Recipients(string target) => target.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static string NewSecret() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is not allowed; null if nothing.</summary>
    public RuleViolation? Check()
    {
        var target = Target.Trim();
        if (target.Length > MaxTargetLength)
        {
            return new("target", $"This has up to {MaxTargetLength} characters.");
        }

        if (Type == ChannelType.Mail)
        {
            var recipients = Recipients(target);
            if (recipients.Length is 0 or > MaxRecipients)
            {
                return new("target", $"Enter 1 to {MaxRecipients} mail addresses with commas between them, such as ops@example.com.");
            }

            if (Array.Find(recipients, r => !MailAddress.TryCreate(r, out var parsed) || parsed.Address != r || r.Any(char.IsControl)) is { } bad)
            {
                return new("target", $"'{bad}' is not a mail address; write ops@example.com.");
            }
        }
        else if (!Uri.TryCreate(target, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return new("target", "Enter an absolute address that begins with https:// or http://, such as https://example.com/hooks/alerts.");
        }
        else if (address.UserInfo.Length > 0)
        {
            return new("target", "Leave user name and password out of the address; the signature proves who sends.");
        }
        else if (Secret is not null && !IsSecret(Secret))
        {
            return new("secret", "A signing secret is whsec_ and 24 to 64 bytes in base64.");
        }

        return DigestHour is < 0 or > 23 ? new("digestHour", "Choose an hour from 0 to 23.") : null;
    }

    /// <summary>Without the secret, whatever prints it.</summary>
    public override string ToString() => $"ChannelSettings {Type} {Target}";

    private static bool IsSecret(string secret)
    {
        Span<byte> bytes = stackalloc byte[64];
        return secret.StartsWith("whsec_", StringComparison.Ordinal)
            && Convert.TryFromBase64String(secret["whsec_".Length..], bytes, out var length) && length >= 24;
    }
}

/// <summary>Where alerts are sent.</summary>
public sealed class AlertChannel
{
    private AlertChannel()
    {
    }

    /// <summary><c>chn_</c> and 16 base62 characters.</summary>
    public string Id { get; private set; } = "";

    public ChannelType Type { get; private set; }

    public string Target { get; private set; } = "";

    /// <summary>A webhook's signing secret, encrypted by Data Protection.</summary>
    public string? ProtectedSecret { get; private set; }

    public ChannelPace Pace { get; private set; }

    public AlertLevel MinimumLevel { get; private set; }

    public int DigestHour { get; private set; }

    public bool Enabled { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Up to when the digests tell everything.</summary>
    public DateTimeOffset DigestedAt { get; private set; }

    public static string NewId()
        => "chn_" + RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 16);

    public static AlertChannel Create(string id, ChannelSettings settings, string? protectedSecret, DateTimeOffset now)
    {
        var channel = new AlertChannel { Id = id, Type = settings.Type, CreatedAt = now, DigestedAt = now };
        channel.Change(settings, protectedSecret);
        return channel;
    }

    /// <param name="protectedSecret">Null keeps the one there is.</param>
    public void Change(ChannelSettings settings, string? protectedSecret)
    {
        (Target, Pace, MinimumLevel, DigestHour, Enabled) = (settings.Target.Trim(), settings.Pace, settings.MinimumLevel, settings.DigestHour, settings.Enabled);
        ProtectedSecret = protectedSecret ?? ProtectedSecret;
    }

    /// <summary>A digest is to be written now.</summary>
    public bool IsDigestDue(DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date.AddHours(DigestHour), TimeSpan.Zero);
        var latest = today <= now ? today : today.AddDays(-1);
        return Enabled && Pace == ChannelPace.DailyDigest && DigestedAt < latest;
    }

    public void Digested(DateTimeOffset now) => DigestedAt = now;
}

/// <summary>A channel as the screen shows it: never with its secret.</summary>
public sealed record ChannelView(string Id, ChannelType Type, string Target, ChannelPace Pace, AlertLevel MinimumLevel, int DigestHour, bool Enabled, MessageView? Latest);

/// <summary>One message to one channel: waiting in the outbox, then a line of the delivery log.</summary>
public sealed class AlertMessage
{
    /// <summary>Pauses after each failed attempt, as Standard Webhooks recommends; after the last the message is given up.</summary>
    public static IReadOnlyList<TimeSpan> Pauses { get; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2),
        TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(10),
    ];

    private AlertMessage()
    {
    }

    public long Id { get; private set; }

    /// <summary>The same for every attempt, so that the receiver can tell a repetition: <c>msg_</c> and 32 hexadecimal digits.</summary>
    public string MessageId { get; private set; } = "";

    public string ChannelId { get; private set; } = "";

    public string Subject { get; private set; } = "";

    public string Body { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public int Attempts { get; private set; }

    /// <summary>When to try next; null once it was delivered or given up.</summary>
    public DateTimeOffset? NextAttemptAt { get; private set; }

    public DateTimeOffset? DeliveredAt { get; private set; }

    public string? LastError { get; private set; }

    public static AlertMessage Create(string channelId, string subject, string body, DateTimeOffset now) => new()
    {
        MessageId = $"msg_{Guid.CreateVersion7():N}",
        ChannelId = channelId,
        Subject = subject,
        Body = body,
        CreatedAt = now,
        NextAttemptAt = now,
    };

    public void Delivered(DateTimeOffset now)
    {
        Attempts++;
        (DeliveredAt, NextAttemptAt, LastError) = (now, null, null);
    }

    public void Failed(string error, DateTimeOffset now, bool retry = true)
    {
        NextAttemptAt = retry && Attempts < Pauses.Count ? now + Pauses[Attempts] : null;
        Attempts++;
        LastError = error;
    }
}

/// <summary>A line of the delivery log.</summary>
public sealed record MessageView(long Id, string ChannelId, string Subject, DateTimeOffset CreatedAt, int Attempts, DateTimeOffset? NextAttemptAt, DateTimeOffset? DeliveredAt, string? LastError);

/// <summary>Up to where the evaluator has looked; one row.</summary>
public sealed class AlertState
{
    public int Id { get; set; }

    /// <summary>The newest log row it has seen; null before the first run.</summary>
    public long? LogId { get; set; }

    /// <summary>When it last looked for keys that expire or need rotation.</summary>
    public DateTimeOffset CheckedKeysAt { get; set; }
}

/// <summary>A network that a key was used from: /24, or /48 for IPv6.</summary>
public sealed record KeyNetwork(string KeyId, string Network, DateTimeOffset FirstAt);
