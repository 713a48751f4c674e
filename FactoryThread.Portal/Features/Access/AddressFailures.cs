using System.Collections.Concurrent;
using System.Net;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Access;

/// <summary>Slows down guessing: how often each address presented an unknown or malformed key in the last minute.</summary>
public sealed class AddressFailures(IOptions<AccessOptions> options)
{
    /// <summary>Addresses kept at most; a flood from more of them forgets the oldest counts, never a valid key.</summary>
    private const int Capacity = 50_000;

    private readonly ConcurrentDictionary<IPAddress, SlidingMinute> _failures = new();

    /// <summary>Counts a failure; false (and not counted) if the address has failed too often, with the seconds until it may fail again.</summary>
    public bool TryCount(IPAddress? address, long now, out int retryAfter)
    {
        retryAfter = 0;
        var source = ClientNetwork.Of(address);
        if (!_failures.TryGetValue(source, out var window))
        {
            if (_failures.Count >= Capacity)
            {
                Forget(now);
            }

            window = _failures.GetOrAdd(source, static _ => new SlidingMinute());
        }

        lock (window)
        {
            window.Advance(now / 1000);
            if (window.Sum >= options.Value.FailuresPerMinute)
            {
                retryAfter = window.SecondsUntilRoom(now);
                return false;
            }

            window.Add(now / 1000, 1);
            return true;
        }
    }

    private void Forget(long now)
    {
        foreach (var (address, window) in _failures)
        {
            lock (window)
            {
                window.Advance(now / 1000);
                if (window.Sum == 0)
                {
                    _failures.TryRemove(address, out _);
                }
            }
        }

        if (_failures.Count >= Capacity)
        {
            _failures.Clear();
        }
    }
}

/// <summary>The configuration section <c>Access</c>.</summary>
public sealed class AccessOptions
{
    public const string Section = "Access";

    /// <summary>Keys in URLs (<c>?api_key=</c>) are accepted, unless a key's own settings forbid it.</summary>
    public bool AllowKeyInUrl { get; set; } = true;

    /// <summary>Unknown or malformed keys that one address may present in a minute, 1…1000000.</summary>
    public int FailuresPerMinute { get; set; } = 30;

    /// <summary>Keys kept in memory, 100…10000000.</summary>
    public int CacheCapacity { get; set; } = 100_000;
}
