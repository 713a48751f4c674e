using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Counts requests by where they came from.</summary>
internal sealed class CallerTally
{
    private readonly Dictionary<(string?, string?), CallerSeen> _callers = [];

    public void Add(RequestRecordFormat.Entry request)
    {
        var texts = request.Named();
        var (address, agent) = (RequestRecordFormat.Text(texts.Address), RequestRecordFormat.Text(texts.UserAgent));
        var at = DateTimeOffset.FromUnixTimeMilliseconds(request.At);
        var seen = _callers.GetValueOrDefault((address, agent)) ?? new CallerSeen(address, agent, at, at, 0);
        _callers[(address, agent)] = seen with
        {
            FirstSeen = at < seen.FirstSeen ? at : seen.FirstSeen,
            LastSeen = at > seen.LastSeen ? at : seen.LastSeen,
            Requests = seen.Requests + 1,
        };
    }

    /// <summary>Those seen last.</summary>
    public IReadOnlyList<CallerSeen> Latest(int most) => [.. _callers.Values.OrderByDescending(c => c.LastSeen).Take(most)];
}
