using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Who would notice if a key stopped working now.</summary>
/// <param name="Addresses">Different addresses that used it in the last 24 hours.</param>
/// <param name="CallsToday">Requests in the current UTC day.</param>
/// <param name="FlowsToday">Different flows they were for.</param>
/// <param name="CallsWeek">Requests of the last 7 days that were let through.</param>
public sealed record KeyImpact(DateTimeOffset? LastUsedAt, int Addresses, long CallsToday, int FlowsToday, long CallsWeek)
{
    public static async Task<KeyImpact> OfAsync(ApiKeyDetails key, UsageReports reports, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var callers = await reports.CallersAsync(key.Id, now.AddHours(-24), cancellationToken);
        var today = await reports.TodayAsync(key.Id, cancellationToken);
        var week = await reports.ForKeyAsync(key.Id, reports.Range(now.AddDays(-NarrowingEffect.Days), now, UsageStep.Hour).Require(), cancellationToken);
        var seen = callers.Count == 0 ? key.LastUsedAt : callers.Max(c => c.LastSeen);
        return new KeyImpact(
            seen > key.LastUsedAt || key.LastUsedAt is null ? seen : key.LastUsedAt,
            callers.Select(c => c.Address).OfType<string>().Distinct(StringComparer.Ordinal).Count(),
            today?.Requests ?? 0,
            today?.Flows ?? 0,
            week.Counts.Succeeded + week.Counts.Failed);
    }

    /// <summary>"Used 3 minutes ago from 4 addresses; 812 calls today on 2 flows."</summary>
    public string Sentence(BrowserTime time)
    {
        if (LastUsedAt is not { } used)
        {
            return "Never used.";
        }

        var from = Addresses == 0 ? "" : $" from {Count(Addresses, "address", "addresses")}";
        var today = CallsToday == 0 ? "no calls today" : Count(CallsToday, "call", "calls") + " today" + (FlowsToday == 0 ? "" : $" on {Count(FlowsToday, "flow", "flows")}");
        return $"Used {time.Format(used, TimeFormat.Relative)}{from}; {today}.";
    }

    /// <summary>What stopping the value altogether would have refused; empty if nothing.</summary>
    public string WholeWeek => CallsWeek == 0 ? "" : $" Of the {Count(CallsWeek, "call", "calls")} let through in the last {NarrowingEffect.Days} days 100 % would have been refused.";

    private static string Count(long count, string one, string many) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";
}
