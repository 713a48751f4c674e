using System.Net;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Commits what was answered before it is answered.</summary>
public sealed class UsageRecorder
{
    /// <summary>Completes when the record is committed to disk. Fails with <see cref="UsageUnavailableException"/> if it cannot be.</summary>
    public ValueTask RecordAsync(in RequestRecord record) => throw new NotImplementedException();

    /// <summary>Counts a missing, malformed or unknown credential; costs no disk.</summary>
    public void CountFailure(string code, IPAddress? address) => throw new NotImplementedException();

    /// <summary>What a key has used of its limits, from the recorded requests, committed but not yet moved ones included.</summary>
    public ValueTask<LimitUse> LoadLimitUseAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <summary>Counted requests of one key.</summary>
/// <param name="Today">In the current UTC day.</param>
/// <param name="Seconds">In each of the last 60 seconds that has any: Unix second and count.</param>
public sealed record LimitUse(long Today, IReadOnlyList<(long Second, int Count)> Seconds);

/// <summary>The record of a request could not be committed; the answer to the caller is 503.</summary>
public sealed class UsageUnavailableException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);
