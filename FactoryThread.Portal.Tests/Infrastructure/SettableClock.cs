namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>A wall clock that can be set back, as an administrator or NTP does, over a monotonic one that cannot. Its timers are real.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _wall = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero).Ticks;
    private long _monotonic;

    public DateTimeOffset Wall
    {
        get => new(Interlocked.Read(ref _wall), TimeSpan.Zero);
        set => Interlocked.Exchange(ref _wall, value.UtcTicks);
    }

    public TimeSpan Monotonic
    {
        get => new(Interlocked.Read(ref _monotonic));
        set => Interlocked.Exchange(ref _monotonic, value.Ticks);
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Wall;

    public override long GetTimestamp() => Interlocked.Read(ref _monotonic);

    /// <summary>Time passes, on both clocks.</summary>
    public void Pass(TimeSpan time)
    {
        Wall += time;
        Monotonic += time;
    }
}
