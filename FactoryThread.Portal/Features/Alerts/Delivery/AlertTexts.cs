using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts.Delivery;

/// <summary>Words of mails and bodies of webhooks.</summary>
public sealed class AlertTexts(IOptions<PortalOptions> options)
{
    /// <summary>Alerts listed in one message; of more it says only that there are.</summary>
    public const int MostInDigest = 100;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An alert that was just raised, for a program.</summary>
    internal AlertMessage ComposeEvent(AlertChannel channel, Alert alert, DateTimeOffset now)
        => AlertMessage.Create(channel.Id, alert.Summary, Event("alert.raised", now, Data(alert)), now);

    /// <summary>All that happened at once, for people.</summary>
    /// <param name="alerts">The first of them.</param>
    /// <param name="all">How many there are.</param>
    internal AlertMessage ComposeMail(AlertChannel channel, IReadOnlyList<Alert> alerts, int all, DateTimeOffset now)
    {
        var first = alerts[0];
        var label = AlertKindInfo.Of(first.Kind).Label;
        var subject = all == 1 ? $"{first.Level}: {label}: {first.SubjectName}" : $"{Number(all)} alerts, the first: {label}: {first.SubjectName}";
        return AlertMessage.Create(channel.Id, subject, Mail($"{(all == 1 ? "One alert was" : $"{Number(all)} alerts were")} raised.", alerts, all), now);
    }

    /// <summary>The alerts of a day, the weightiest first.</summary>
    internal AlertMessage ComposeDigest(AlertChannel channel, IReadOnlyList<Alert> alerts, DateTimeOffset now)
    {
        var open = alerts.Count(a => a.ResolvedAt is null);
        var count = alerts.Count > MostInDigest ? $"more than {MostInDigest}" : Number(alerts.Count);
        var subject = $"Daily digest: {count} {(alerts.Count == 1 ? "alert" : "alerts")}";
        return AlertMessage.Create(
            channel.Id,
            subject,
            channel.Type == ChannelType.Webhook
                ? Event("alert.digest", now, new { alerts = alerts.Take(MostInDigest).Select(Data), more = alerts.Count > MostInDigest })
                : Mail($"Since the last digest, or still open: {count}. Of these, {Number(open)} {(open == 1 ? "is" : "are")} not resolved.", alerts, alerts.Count),
            now);
    }

    internal AlertMessage ComposeTest(AlertChannel channel, DateTimeOffset now)
        => AlertMessage.Create(
            channel.Id,
            "Test message",
            channel.Type == ChannelType.Webhook
                ? Event("alert.test", now, new { summary = "This is a test: alerts of your FactoryThread portal will arrive like this." })
                : $"This is a test: alerts of your FactoryThread portal will arrive like this.\n\nAll alerts: {Place("/settings/alerts")}\n",
            now);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Event(string type, DateTimeOffset now, object data)
        => JsonSerializer.Serialize(new { type, timestamp = Instant(now), data }, Json);

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private object Data(Alert alert) => new
    {
        id = alert.Id,
        kind = AlertKindInfo.Of(alert.Kind).Code,
        level = alert.Level.ToString().ToLowerInvariant(),
        subject = alert.Subject,
        name = alert.SubjectName,
        keyId = alert.KeyId,
        summary = alert.Summary,
        action = new { text = alert.ActionText, link = Address(alert.ActionLink) },
        raisedAt = Instant(alert.RaisedAt),
        lastSeenAt = Instant(alert.LastSeenAt),
        resolvedAt = alert.ResolvedAt is { } resolved ? Instant(resolved) : null,
    };

    private string Mail(string opening, IReadOnlyList<Alert> alerts, int all)
    {
        var text = new StringBuilder().Append(opening).Append('\n');
        foreach (var alert in alerts.Take(MostInDigest))
        {
            text.Append('\n').Append(alert.Level).Append(": ").Append(AlertKindInfo.Of(alert.Kind).Label).Append(alert.ResolvedAt is null ? "" : " (resolved)").Append('\n')
                .Append(alert.Summary).Append('\n')
                .Append(alert.ActionText).Append(": ").Append(Place(alert.ActionLink)).Append('\n');
        }

        if (all > Math.Min(alerts.Count, MostInDigest))
        {
            text.Append("\nThere are more than these.\n");
        }

        return text.Append("\nAll alerts: ").Append(Place("/settings/alerts")).Append('\n').ToString();
    }

    /// <summary>An absolute address; a path if the portal does not know its own, which the Delivery page warns of.</summary>
    private string Address(string path) => options.Value.PublicAddress + path;

    /// <summary>The same for people.</summary>
    private string Place(string path) => options.Value.PublicAddress is null ? $"in the portal at {path}" : Address(path);
}
