using System.Globalization;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Store;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>One sentence per finding: what was seen, against what; and the next thing to do.</summary>
internal static class Sentences
{
    private const string Requests = "Look at its requests";

    public static Finding UnusualRate(KeyFacts key, long count, (double Expected, int Weeks) usual, double times, long hour, DateTimeOffset now)
        => Of(
            AlertKind.UnusualRate,
            usual.Expected >= 1 && count > 5 * times * usual.Expected ? AlertLevel.Critical : AlertLevel.Warning,
            key,
            HourOf(hour),
            usual.Expected < 0.5
                ? Text($"{key.Name} made {count:n0} requests {Between(hour)}; at this hour of the week it usually makes none (seen over {Weeks(usual.Weeks)}).")
                : Text($"{key.Name} made {count:n0} requests {Between(hour)}, {count / usual.Expected:0.#} times the {usual.Expected:n0} it usually makes at this hour of the week (seen over {Weeks(usual.Weeks)})."),
            Requests,
            Link(key.Id, "?tab=requests"),
            now);

    public static Finding NewNetwork(KeyFacts key, string network, string address, long count, int known, long since, long at)
        => Of(
            AlertKind.NewNetwork,
            AlertLevel.Warning,
            key,
            network,
            Text($"{key.Name} was used from {address} ({Count(count, "request")}), a network it was never used from before; since {Date(since)} it came from {Count(known, "network")}."),
            "Look at the calls from there",
            Link(key.Id, $"?tab=requests&address={Uri.EscapeDataString(address)}"),
            Instant(at));

    public static Finding ErrorJump(KeyFacts key, long count, long errors, (long Count, long Errors) before, long hour, DateTimeOffset now)
        => Of(
            AlertKind.ErrorJump,
            errors * 10 >= count * 9 ? AlertLevel.Critical : AlertLevel.Warning,
            key,
            HourOf(hour),
            Text($"{errors:n0} of {count:n0} requests of {key.Name} failed or were refused {Between(hour)} ({100.0 * errors / count:0} %), against {100.0 * before.Errors / before.Count:0.#} % in the seven days before."),
            "Look at what failed",
            Link(key.Id, "?tab=usage"),
            now);

    public static Finding LongSilence(string id, string name, long at, long? lastAt, long createdAt)
        => Of(
            AlertKind.LongSilence,
            AlertLevel.Warning,
            new KeyFacts(id, name, null, null),
            Text($"{lastAt ?? createdAt}"),
            lastAt is { } last
                ? Text($"{name} was used at {Moment(at)} after {(at - last) / ActivityReader.Day:0} days without a request (the last one was on {Date(last)}).")
                : Text($"{name} was used for the first time at {Moment(at)}, {(at - createdAt) / ActivityReader.Day:0} days after it was made."),
            Requests,
            Link(id, "?tab=requests"),
            Instant(at));

    /// <param name="lastMinute">Start of the minute of the latest one, Unix milliseconds.</param>
    /// <param name="resolved">When the address's alert before this was resolved, Unix milliseconds; 0 if there was none.</param>
    public static Finding FailedAddress(string address, long count, IReadOnlyList<string> codes, double threshold, long lastMinute, long resolved, DateTimeOffset now)
        => new(
            AlertKind.FailedAddress,
            count >= 10 * threshold ? AlertLevel.Critical : AlertLevel.Warning,
            address,
            address is "other" or "" ? "many addresses" : address,
            $"{HourOf(lastMinute)}/{resolved}",
            Text($"{(address is "other" or "" ? "Many addresses" : address)} presented wrong keys {count:n0} times within 15 minutes ({string.Join(", ", codes.Select(Wrong))}), against the {threshold:n0} that are tolerated; all were refused."),
            "Limit your keys to known networks",
            "/settings/api-keys",
            // They are counted by the minute.
            Instant(Math.Min(lastMinute + 60_000, now.ToUnixTimeMilliseconds())));

    /// <param name="resolved">When the key's alert before this was resolved, Unix milliseconds; 0 if there was none.</param>
    public static Finding RefusedKey(KeyFacts key, IReadOnlyList<(string Code, long Count)> calls, IReadOnlyCollection<string> addresses, long resolved, DateTimeOffset at)
    {
        var code = calls[0].Code;
        var from = addresses.Count == 1 ? $"from {addresses.First()}" : $"from {Count(addresses.Count, "address")}";
        var why = calls.Count == 1 ? $"since it {Words(code)}" : string.Join(", ", calls.Select(c => $"{Count(c.Count, "time")} since it {Words(c.Code)}"));
        return Of(
            AlertKind.RefusedKey,
            calls.Any(c => c.Code == "revoked_key") ? AlertLevel.Warning : AlertLevel.Notice,
            key,
            $"{at.UtcDateTime:yyyyMMdd}/{code}/{resolved}",
            Text($"{key.Name} was refused {Count(calls.Sum(c => c.Count), "time")} within an hour {from}{(calls.Count == 1 ? "," : ":")} {why}; somebody still uses it."),
            "See who uses it",
            Link(key.Id, "?tab=requests&outcome=refused"),
            at);
    }

    public static Finding LimitMinute(KeyFacts key, long counted, int limit, long refused, long minute)
    {
        var level = LimitLevel(counted, limit);
        return Of(
            AlertKind.LimitMinute,
            level,
            key,
            $"{HourOf(minute * 60_000)}/{level}",
            refused > 0
                ? Text($"{key.Name} had {Count(refused, "request")} refused in the minute from {Clock(minute * 60_000)} UTC, having reached its limit of {limit:n0} per minute.")
                : Text($"{key.Name} made {counted:n0} requests in the minute from {Clock(minute * 60_000)} UTC, {100.0 * counted / limit:0} % of its limit of {limit:n0} per minute."),
            "Raise the limit or slow the caller down",
            Link(key.Id, ""),
            Instant(minute * 60_000));
    }

    public static Finding LimitDay(KeyFacts key, long counted, int limit, long day, DateTimeOffset now)
    {
        var level = LimitLevel(counted, limit);
        return Of(
            AlertKind.LimitDay,
            level,
            key,
            $"{Instant(day):yyyyMMdd}/{level}",
            Text($"{key.Name} has used {counted:n0} requests of its {limit:n0} for {Date(day)} UTC, {100.0 * counted / limit:0} %{(counted >= limit ? ", and is refused until 00:00 UTC" : "")}."),
            "Raise the limit or slow the caller down",
            Link(key.Id, ""),
            now);
    }

    public static Finding Expiring(KeyAge key, DateTimeOffset now)
    {
        var left = key.ExpiresAt!.Value - now;
        var used = key.LastUsedAt > now.AddDays(-7);
        var level = left < TimeSpan.FromDays(1) && used ? AlertLevel.Critical : left < TimeSpan.FromDays(7) ? AlertLevel.Warning : AlertLevel.Notice;
        return Of(
            AlertKind.KeyExpiring,
            level,
            new KeyFacts(key.Id, key.Name, null, null),
            $"{key.ExpiresAt.Value.ToUnixTimeMilliseconds()}/{level}",
            Text($"{key.Name} expires at {Moment(key.ExpiresAt.Value.ToUnixTimeMilliseconds())}, in {(left.TotalDays >= 1 ? Count((long)left.TotalDays, "day") : Count((long)left.TotalHours, "hour"))}, and was {(key.LastUsedAt is { } last ? $"last used on {Date(last.ToUnixTimeMilliseconds())}" : "never used")}."),
            "Regenerate it",
            Link(key.Id, ""),
            now);
    }

    public static Finding RotationDue(KeyAge key, int period, DateTimeOffset now)
        => Of(
            AlertKind.RotationDue,
            (now - key.IssuedAt).TotalDays > 2 * period ? AlertLevel.Warning : AlertLevel.Notice,
            new KeyFacts(key.Id, key.Name, null, null),
            Text($"{key.IssuedAt.ToUnixTimeMilliseconds()}"),
            Text($"The value of {key.Name} is {Count((long)(now - key.IssuedAt).TotalDays, "day")} old; keys of the type {key.Kind.Label()} are to be rotated every {Count(period, "day")}."),
            "Regenerate it",
            Link(key.Id, ""),
            now);

    private static Finding Of(AlertKind kind, AlertLevel level, KeyFacts key, string occasion, string summary, string action, string link, DateTimeOffset at)
        => new(kind, level, key.Id, key.Name, occasion, summary, action, link, at) { KeyId = key.Id };

    private static AlertLevel LimitLevel(long counted, int limit)
        => counted >= limit ? AlertLevel.Critical : counted * 100.0 >= 95.0 * limit ? AlertLevel.Warning : AlertLevel.Notice;

    private static string Words(string code) => code switch
    {
        "expired_key" => "has expired",
        "revoked_key" => "is revoked",
        "replaced_key" => "was replaced by a newer value",
        "owner_disabled" => "belongs to a disabled user",
        "unknown_key" => "was deleted",
        _ => $"was answered {code}",
    };

    private static string Wrong(string code) => code switch
    {
        "unknown_key" => "unknown",
        "malformed_key" => "malformed",
        "wrong_header_format" => "wrongly sent",
        "ambiguous_key" => "two at once",
        "too_many_failures" => "after too many failures",
        _ => code,
    };

    private static string Link(string key, string query) => $"/settings/api-keys/{Uri.EscapeDataString(key)}{query}";

    private static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static string HourOf(long at) => Text($"{Instant(at):yyyyMMddHH}");

    private static string Clock(long at) => Text($"{Instant(at):HH:mm}");

    private static string Between(long hour) => $"between {Clock(hour)} and {Clock(hour + ActivityReader.Hour)} UTC";

    private static string Date(long at) => Text($"{Instant(at):d MMM yyyy}");

    private static string Moment(long at) => Text($"{Instant(at):HH:mm} UTC on {Instant(at):d MMM yyyy}");

    private static string Weeks(int weeks) => Count(weeks, "week");

    private static string Count(long count, string what) => Text($"{count:n0} {what}{(count == 1 ? "" : what.EndsWith('s') ? "es" : "s")}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
