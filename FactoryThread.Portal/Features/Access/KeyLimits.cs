using System.Collections.Concurrent;
using FactoryThread.Portal.Features.Usage;

namespace FactoryThread.Portal.Features.Access;

/// <summary>What is left of a key's limits.</summary>
/// <param name="MinuteRemaining">Requests left in the sliding minute.</param>
/// <param name="MinuteReset">Whole seconds until the oldest counted request leaves the minute.</param>
/// <param name="DayRemaining">Requests left until 00:00 UTC.</param>
/// <param name="DayReset">Whole seconds until 00:00 UTC.</param>
public readonly record struct LimitStanding(int MinuteRemaining, int MinuteReset, int DayRemaining, int DayReset);

/// <summary>
/// The limits of all keys in use: exact under parallel load, kept apart from the key cache so that eviction there resets nothing, and
/// filled from the recorded requests on a key's first use, so that they continue after a restart.
/// </summary>
public sealed class KeyLimits(UsageRecorder recorder, SteadyClock clock)
{
    /// <summary>Beyond this many keys the idle ones are dropped; they are filled again from the records when they come back.</summary>
    private const int Capacity = 200_000;

    private const long IdleMilliseconds = 120_000;

    private readonly ConcurrentDictionary<string, KeyUse> _uses = new(StringComparer.Ordinal);
    private long _nextSweep;

    /// <summary>Counts one request if both limits have room (or only looks, if not <paramref name="consume"/>).</summary>
    /// <returns><see cref="VerdictCode.Valid"/>, <see cref="VerdictCode.RateLimited"/> or <see cref="VerdictCode.DailyLimitExceeded"/>, and what is left.</returns>
    /// <exception cref="UsageUnavailableException">What the key has used has to be read from the records, and cannot be.</exception>
    public (VerdictCode Code, LimitStanding Standing) Take(KeySnapshot key, long now, bool consume)
    {
        while (true)
        {
            if (_uses.TryGetValue(key.Id, out var use) && use.TryTake(key, now, consume, out var code, out var standing))
            {
                return (code, standing);
            }

            Sweep(now);
            _uses.GetOrAdd(key.Id, static _ => new KeyUse()).Load(recorder, key.Id, clock);
        }
    }

    /// <summary>Gives back what an admitted request took, because it could not be answered.</summary>
    public void Refund(string keyId, long now)
    {
        if (_uses.TryGetValue(keyId, out var use))
        {
            use.Refund(now);
        }
    }

    private void Sweep(long now)
    {
        var next = Volatile.Read(ref _nextSweep);
        if (_uses.Count < Capacity || now < next || Interlocked.CompareExchange(ref _nextSweep, now + 10_000, next) != next)
        {
            return;
        }

        foreach (var (id, use) in _uses)
        {
            if (use.TryRetire(now - IdleMilliseconds))
            {
                _uses.TryRemove(new KeyValuePair<string, KeyUse>(id, use));
            }
        }
    }

    /// <summary>One key's counts.</summary>
    private sealed class KeyUse
    {
        private const long DayMilliseconds = 86_400_000;

        private readonly Lock _gate = new();
        private readonly SlidingMinute _minute = new();
        private bool _loaded;
        private bool _retired;
        private long _day;
        private long _today;
        private long _lastUse;

        public bool TryTake(KeySnapshot key, long now, bool consume, out VerdictCode code, out LimitStanding standing)
        {
            lock (_gate)
            {
                if (!_loaded || _retired)
                {
                    (code, standing) = (VerdictCode.StoreUnavailable, default);
                    return false;
                }

                Advance(now);
                _lastUse = now;
                code = _minute.Sum >= key.PerMinute ? VerdictCode.RateLimited
                    : _today >= key.PerDay ? VerdictCode.DailyLimitExceeded
                    : VerdictCode.Valid;
                if (consume && code == VerdictCode.Valid)
                {
                    _minute.Add(now / 1000, 1);
                    _today++;
                }

                standing = new LimitStanding(
                    (int)Math.Max(0, key.PerMinute - _minute.Sum),
                    _minute.SecondsUntilRoom(now),
                    (int)Math.Max(0, key.PerDay - _today),
                    (int)((((_day + 1) * DayMilliseconds) - now + 999) / 1000));
                return true;
            }
        }

        public void Refund(long taken)
        {
            lock (_gate)
            {
                _minute.Add(taken / 1000, -1);
                if (taken / DayMilliseconds == _day)
                {
                    _today--;
                }
            }
        }

        public bool TryRetire(long idleSince)
        {
            lock (_gate)
            {
                return _retired |= _loaded && _lastUse < idleSince;
            }
        }

        /// <summary>Fills the counts from the records, once for all who come meanwhile; after a failure the next one tries again.</summary>
        public void Load(UsageRecorder recorder, string keyId, SteadyClock clock)
        {
            lock (_gate)
            {
                if (_loaded)
                {
                    return;
                }

                var now = clock.NowMilliseconds();
                var recorded = recorder.LoadLimitUse(keyId, DateTimeOffset.FromUnixTimeMilliseconds(now));
                Advance(now);
                _today = recorded.Today;
                foreach (var (second, count) in recorded.Seconds)
                {
                    _minute.Add(second, count);
                }

                _lastUse = now;
                _loaded = true;
            }
        }

        private void Advance(long now)
        {
            _minute.Advance(now / 1000);
            if (now / DayMilliseconds > _day)
            {
                (_day, _today) = (now / DayMilliseconds, 0);
            }
        }
    }
}
