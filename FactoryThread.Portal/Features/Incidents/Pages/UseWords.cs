using System.Globalization;
using FactoryThread.Portal.Features.Incidents.Model;

namespace FactoryThread.Portal.Features.Incidents.Pages;

/// <summary>A key's suspicious use in words.</summary>
internal static class UseWords
{
    /// <summary>"812 calls since then, from 3 new addresses and on 1 new flow; 271 a day, 40 a day before."</summary>
    public static string Sentence(SuspectUse use)
        => use.Requests == 0
            ? "No calls since then."
            : $"{Count(use.Requests, "call", "calls")} since then, from {Count(use.NewAddresses, "new address", "new addresses")} and on {Count(use.NewFlows, "new flow", "new flows")}; {Rate(use.PerDay)} a day, {Rate(use.PerDayBefore)} a day before.";

    public static string Count(long count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rate(double perDay) => perDay.ToString(perDay is > 0 and < 10 ? "0.#" : "N0", CultureInfo.InvariantCulture);
}
