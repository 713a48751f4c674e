namespace FactoryThread.Portal.Features.Access;

/// <summary>UTC time that never runs backwards in this process: a clock set back must not revive an expired key or reopen a window.</summary>
public sealed class SteadyClock(TimeProvider time)
{
    private sealed record Anchor(long Milliseconds, long Timestamp);

    private const long ToleranceMilliseconds = 100;

    private Anchor _anchor = new(time.GetUtcNow().ToUnixTimeMilliseconds(), time.GetTimestamp());

    /// <summary>UTC milliseconds since 1970.</summary>
    public long NowMilliseconds()
    {
        var anchor = Volatile.Read(ref _anchor);
        var timestamp = time.GetTimestamp();
        var wall = time.GetUtcNow().ToUnixTimeMilliseconds();
        var steady = anchor.Milliseconds + ((timestamp - anchor.Timestamp) * 1000 / time.TimestampFrequency);
        if (wall <= steady)
        {
            return steady;
        }

        if (wall > steady + ToleranceMilliseconds)
        {
            Interlocked.CompareExchange(ref _anchor, new Anchor(wall, timestamp), anchor);
        }

        return wall;
    }
}
