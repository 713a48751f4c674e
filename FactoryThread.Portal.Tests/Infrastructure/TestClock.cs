using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>Stands still, and can make work seem to take its time.</summary>
public sealed class TestClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private long _looks;

    /// <summary>So far apart are two looks at the timestamp: a pause as long as the work before it then lasts until the test moves the clock.</summary>
    public TimeSpan WorkTakes { get; set; }

    public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Increment(ref _looks) * WorkTakes.Ticks);
}
