using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>What narrower settings would have refused of what the key did in the last 7 days.</summary>
/// <param name="Calls">Requests that were let through.</param>
/// <param name="Refused">Those among them that would not have been, the most frequent first.</param>
/// <param name="Complete">False if only the newest requests were looked at.</param>
public sealed record NarrowingEffect(long Calls, IReadOnlyList<CallPattern> Refused, bool Complete)
{
    public const int Days = 7;

    public bool Harmless => Refused.Count == 0;

    public static async Task<NarrowingEffect> OfAsync(string keyId, ApiKeySettings after, CallLog log, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var done = await log.PatternsAsync(keyId, now.AddDays(-Days), cancellationToken);
        return new NarrowingEffect(done.Requests, [.. done.Patterns.Where(p => KeyReach.Refuses(after, p.FlowId, p.Route, p.Address))], done.Complete);
    }

    /// <summary>"Of the 5,432 calls of the last 7 days 120 (2.2 %) would have been refused, from 2 addresses on 1 flow."</summary>
    public string Sentence()
    {
        var whole = Complete ? $"{UsageText.Count(Calls, "call", "calls")} of the last {Days} days" : $"newest {UsageText.Count(Calls, "call", "calls")}";
        if (Calls == 0)
        {
            return $"The key made no call in the last {Days} days.";
        }

        if (Harmless)
        {
            return $"Of the {whole} none would have been refused.";
        }

        var refused = Refused.Sum(p => p.Requests);
        var flows = Refused.Select(p => p.FlowId).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        var addresses = Refused.Select(p => p.Address).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        return $"Of the {whole} {UsageText.Number(refused)} ({UsageText.Percent((double)refused / Calls)}) would have been refused, from {UsageText.Count(addresses, "address", "addresses")}"
            + (flows == 0 ? "." : $" on {UsageText.Count(flows, "flow", "flows")}.");
    }
}
