using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A flow that a key may execute or has asked for.</summary>
/// <param name="Counts">Requests of the last 30 days.</param>
/// <param name="LastCall">The latest of these.</param>
public sealed record GlanceFlow(string Id, string Name, (Tone Tone, string Icon, string Text) Chip, UsageCounts Counts, DateTimeOffset? LastCall);

/// <summary>How a key is used, at a glance.</summary>
/// <param name="Day">The last 24 hours, from a full hour on.</param>
/// <param name="Latency">Of the last 24 hours; null without requests.</param>
/// <param name="Callers">Of the last 30 days, the latest first.</param>
public sealed record KeyGlance(UsageCounts Day, UsageLatency? Latency, DayUse? Today, IReadOnlyList<GlanceFlow> Flows, IReadOnlyList<CallerSeen> Callers)
{
    private const int MaxCallers = 10;

    public static async Task<KeyGlance> OfAsync(ApiKeyDetails key, UsageReports reports, FlowCatalog catalog, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var day = reports.Range(now.AddHours(-24), now, UsageStep.Hour).Require();
        var month = reports.Range(now.AddDays(-30), now, UsageStep.Day).Require();
        var flows = await catalog.CurrentAsync(cancellationToken);
        var used = (await reports.ForKeyAsync(key.Id, month, cancellationToken)).Flows.Where(f => f.FlowId.Length > 0).ToList();
        return new KeyGlance(
            (await reports.ForKeyAsync(key.Id, day, cancellationToken)).Counts,
            await reports.LatencyAsync(key.Id, day, cancellationToken),
            await reports.TodayAsync(key.Id, cancellationToken),
            [
                .. used.Select(f => Row(f.FlowId, f)),
                .. key.Flows.Where(id => used.TrueForAll(f => f.FlowId != id)).Select(id => Row(id, null)),
            ],
            [.. (await reports.CallersAsync(key.Id, month.From, cancellationToken)).Take(MaxCallers)]);

        GlanceFlow Row(string id, FlowUsage? usage)
            => new(id, flows.Find(id)?.Name ?? id, Chip(key, id, flows.Find(id)), usage?.Counts ?? default, usage?.LastAt);
    }

    private static (Tone Tone, string Icon, string Text) Chip(ApiKeyDetails key, string id, Flow? flow) => flow switch
    {
        null => (Tone.Off, PortalIcons.Trash, "No longer exists"),
        _ when key.Permission == KeyPermission.SpecificFlows && !key.Flows.Contains(id) => (Tone.Off, PortalIcons.Ban, "Not permitted"),
        { Published: true } => (Tone.Ok, PortalIcons.Dot, "Published"),
        _ => (Tone.Warn, PortalIcons.Clock, "Not published"),
    };
}
