using System.Net;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Store;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>What the evaluator need not read again every minute. All of it can be read anew, so a restart loses nothing.</summary>
internal sealed class DetectionMemory
{
    private const int Most = 500_000;

    /// <summary>Pairs of key and network that are stored.</summary>
    public HashSet<(string Key, string Network)> Networks { get; } = [];

    /// <summary>What is usual at <see cref="UsualHour"/>.</summary>
    public Dictionary<string, (double Expected, int Weeks)> Usual { get; } = [];

    /// <summary>Counted requests of <see cref="CountedDay"/>.</summary>
    public Dictionary<string, long> Counted { get; } = [];

    public long UsualHour { get; set; }

    public long CountedDay { get; set; }

    public void Clear()
    {
        Networks.Clear();
        Usual.Clear();
        Counted.Clear();
    }

    /// <summary>Keeps the size bounded.</summary>
    public void Trim()
    {
        if (Networks.Count > Most || Usual.Count > Most || Counted.Count > Most)
        {
            Clear();
        }
    }
}

/// <summary>Judges what the reader has gathered by the rules.</summary>
internal sealed class Detection(ActivityReader reader, RuleSet rules, DetectionMemory memory, KeyLimitDefaults limits, DateTimeOffset now)
{
    /// <summary>Window of <see cref="AlertKind.FailedAddress"/>.</summary>
    public static readonly TimeSpan FailureWindow = TimeSpan.FromMinutes(15);

    /// <summary>A caller with more networks than these is on the move; another one says nothing.</summary>
    private const int MostNetworks = 50;

    /// <summary>How many times its own share of errors a key must have.</summary>
    private const double ErrorFactor = 3;

    /// <summary>Networks met for the first time, to be stored.</summary>
    public List<KeyNetwork> NewNetworks { get; } = [];

    public List<Finding> Findings { get; } = [];

    /// <summary>All rules about traffic.</summary>
    /// <param name="firstAt">Earliest gathered request, Unix milliseconds.</param>
    public void Traffic(long firstAt, long lastAt)
    {
        // A run looks at a minute or two; after a pause it looks at the hours that it missed, up to two days of them.
        for (var hour = Math.Max(Floor(firstAt, ActivityReader.Hour), Floor(lastAt, ActivityReader.Hour) - 2 * ActivityReader.Day); hour <= lastAt; hour += ActivityReader.Hour)
        {
            HourOf(hour);
        }

        Networks();
        Silence();
        Minutes();
        for (var day = Math.Max(Floor(firstAt, ActivityReader.Day), Floor(lastAt, ActivityReader.Day) - ActivityReader.Day); day <= lastAt; day += ActivityReader.Day)
        {
            Days(day, adds: Floor(firstAt, ActivityReader.Day) == Floor(lastAt, ActivityReader.Day));
        }

        Dead(lastAt);
    }

    /// <summary>Remembers from where keys are used, without judging.</summary>
    public void Learn()
    {
        foreach (var (key, address, firstAt, _) in reader.Callers())
        {
            IsNewNetwork(key, NetworkOf(address), firstAt);
        }
    }

    public void Failures()
    {
        if (rules.Watches(AlertKind.FailedAddress, "", out var threshold, out _))
        {
            var since = (now - FailureWindow).ToUnixTimeMilliseconds();
            foreach (var (address, count, codes, last) in reader.FailedAddresses(since, threshold))
            {
                // What somebody has dealt with does not count again; what came after it does.
                var resolved = reader.ResolvedAt(AlertKind.FailedAddress, address);
                var (rest, restCodes, restLast) = resolved <= since ? (count, codes, last) : reader.FailuresOf(address, resolved) ?? (0, "", 0);
                if (rest >= threshold)
                {
                    Findings.Add(Sentences.FailedAddress(address, rest, restCodes.Split(','), threshold, restLast, resolved, now));
                }
            }
        }
    }

    /// <summary>/24 of an IPv4 address, /48 of an IPv6 address.</summary>
    internal static string NetworkOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return address;
        }

        parsed = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        var bytes = parsed.GetAddressBytes();
        var prefix = bytes.Length == 4 ? 24 : 48;
        bytes.AsSpan(prefix / 8).Clear();
        return $"{new IPAddress(bytes)}/{prefix}";
    }

    private static long Floor(long instant, long unit) => instant - instant % unit;

    private void HourOf(long hour)
    {
        var least = Math.Min(rules.LowestMinimum(AlertKind.UnusualRate) ?? long.MaxValue, rules.LowestMinimum(AlertKind.ErrorJump) ?? long.MaxValue);
        if (least == long.MaxValue)
        {
            return;
        }

        if (memory.UsualHour != hour)
        {
            memory.Usual.Clear();
            memory.UsualHour = hour;
        }

        foreach (var (key, count, errors) in reader.HourTotals(hour, least))
        {
            if (rules.Watches(AlertKind.UnusualRate, key, out var times, out var minimum) && count >= minimum)
            {
                if (!memory.Usual.TryGetValue(key, out var usual))
                {
                    memory.Usual[key] = usual = reader.Usual(key, hour);
                }

                if (usual.Weeks > 0 && count > times * usual.Expected && reader.Key(key) is { } facts)
                {
                    Findings.Add(Sentences.UnusualRate(facts, count, usual, times, hour, now));
                }
            }

            if (errors > 0 && rules.Watches(AlertKind.ErrorJump, key, out var percent, out minimum) && count >= minimum && errors * 100.0 >= percent * count)
            {
                var before = reader.WeekBefore(key, hour);
                // With nothing to compare with there is no jump: whoever builds an integration makes errors.
                if (before.Count >= minimum && (double)errors / count >= ErrorFactor * before.Errors / before.Count && reader.Key(key) is { } facts)
                {
                    Findings.Add(Sentences.ErrorJump(facts, count, errors, before, hour, now));
                }
            }
        }
    }

    private void Networks()
    {
        foreach (var (key, address, firstAt, count) in reader.Callers())
        {
            var network = NetworkOf(address);
            if (memory.Networks.Contains((key, network)))
            {
                continue;
            }

            var (known, since) = reader.Networks(key);
            if (IsNewNetwork(key, network, firstAt) && since is { } start && known <= MostNetworks
                && rules.Watches(AlertKind.NewNetwork, key, out var days, out _) && firstAt - start >= days * ActivityReader.Day && reader.Key(key) is { } facts)
            {
                Findings.Add(Sentences.NewNetwork(facts, network, address, count, known, start, firstAt));
            }
        }
    }

    private bool IsNewNetwork(string key, string network, long firstAt)
    {
        if (!memory.Networks.Add((key, network)) || reader.IsKnownNetwork(key, network))
        {
            return false;
        }

        NewNetworks.Add(new KeyNetwork(key, network, DateTimeOffset.FromUnixTimeMilliseconds(firstAt)));
        return true;
    }

    private void Silence()
    {
        if (rules.LowestThreshold(AlertKind.LongSilence) is not { } lowest)
        {
            return;
        }

        foreach (var (key, name, at, lastAt, createdAt) in reader.Silent(lowest))
        {
            if (rules.Watches(AlertKind.LongSilence, key, out var days, out _) && (lastAt ?? createdAt) < at - days * ActivityReader.Day)
            {
                Findings.Add(Sentences.LongSilence(key, name, at, lastAt, createdAt));
            }
        }
    }

    private void Minutes()
    {
        if (rules.LowestThreshold(AlertKind.LimitMinute) is not { } lowest)
        {
            return;
        }

        foreach (var (key, minute, refused) in reader.BusyMinutes(lowest, limits.PerMinute))
        {
            var limit = key.PerMinute ?? limits.PerMinute;
            var counted = refused > 0 ? limit : reader.CountedInMinute(key.Id, minute);
            if (rules.Watches(AlertKind.LimitMinute, key.Id, out var percent, out _) && counted * 100.0 >= percent * limit)
            {
                Findings.Add(Sentences.LimitMinute(key, counted, limit, refused, minute));
            }
        }
    }

    /// <param name="adds">All of the gathered requests are of this day.</param>
    private void Days(long day, bool adds)
    {
        if (rules.LowestThreshold(AlertKind.LimitDay) is null)
        {
            return;
        }

        if (memory.CountedDay != day || !adds)
        {
            memory.Counted.Clear();
            memory.CountedDay = day;
        }

        foreach (var (key, added) in reader.Active())
        {
            // The snapshot ends where the gathered rows end, so the day's sum already has them; from then on they are added.
            var counted = memory.Counted[key.Id] = memory.Counted.TryGetValue(key.Id, out var before) ? before + added : reader.CountedInDay(key.Id, day);
            var limit = key.PerDay ?? limits.PerDay;
            if (counted > 0 && rules.Watches(AlertKind.LimitDay, key.Id, out var percent, out _) && counted * 100.0 >= percent * limit)
            {
                Findings.Add(Sentences.LimitDay(key, counted, limit, day, now));
            }
        }
    }

    private void Dead(long lastAt)
    {
        foreach (var key in reader.DeadKeys())
        {
            if (!rules.Watches(AlertKind.RefusedKey, key, out var threshold, out _) || reader.Key(key) is not { } facts)
            {
                continue;
            }

            // What somebody has dealt with does not count again; what came after it does.
            var resolved = reader.ResolvedAt(AlertKind.RefusedKey, key);
            var (calls, addresses) = reader.DeadCalls(key, Math.Max(lastAt - ActivityReader.Hour, resolved));
            if (calls.Count > 0 && calls.Sum(c => c.Count) >= threshold)
            {
                Findings.Add(Sentences.RefusedKey(facts, calls, addresses, resolved, DateTimeOffset.FromUnixTimeMilliseconds(lastAt)));
            }
        }
    }
}
