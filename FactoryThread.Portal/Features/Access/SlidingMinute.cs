namespace FactoryThread.Portal.Features.Access;

/// <summary>
/// Counts events in buckets of one second; a bucket is dropped when it is wholly older than 60 seconds, so no 60 seconds ever hold more
/// than the sum allows. Not thread-safe: its owner locks.
/// </summary>
public sealed class SlidingMinute
{
    /// <summary>Sixty whole seconds and the one that is under way.</summary>
    private const int Seconds = 61;

    private readonly int[] _buckets = new int[Seconds];
    private long _latest;

    /// <summary>Events in the window as of the last <see cref="Advance"/>.</summary>
    public long Sum { get; private set; }

    /// <summary>Drops what is too old at <paramref name="second"/> (Unix time).</summary>
    public void Advance(long second)
    {
        if (second <= _latest)
        {
            return;
        }

        if (second - _latest >= Seconds)
        {
            Array.Clear(_buckets);
            Sum = 0;
        }
        else
        {
            for (var passed = _latest + 1; passed <= second; passed++)
            {
                ref var bucket = ref _buckets[passed % Seconds];
                Sum -= bucket;
                bucket = 0;
            }
        }

        _latest = second;
    }

    /// <summary>Adds events of a second that is not newer than the last <see cref="Advance"/>; older than the window: ignored.</summary>
    public void Add(long second, int count)
    {
        if (second <= _latest - Seconds || second > _latest)
        {
            return;
        }

        _buckets[second % Seconds] += count;
        Sum += count;
    }

    /// <summary>Whole seconds from <paramref name="milliseconds"/> (Unix time) until the oldest events leave the window; 0 if there are none.</summary>
    public int SecondsUntilRoom(long milliseconds)
    {
        if (Sum == 0)
        {
            return 0;
        }

        // The oldest bucket is the one that comes after the latest, as in a ring. Every request asks, so no loop with a division in it.
        var start = (int)((_latest + 1) % Seconds);
        var age = _buckets.AsSpan(start).IndexOfAnyExcept(0);
        if (age < 0)
        {
            age = Seconds - start + _buckets.AsSpan(0, start).IndexOfAnyExcept(0);
        }

        var oldest = _latest - Seconds + 1 + age;
        return Math.Max(1, (int)((((oldest + Seconds) * 1000) - milliseconds + 999) / 1000));
    }
}
