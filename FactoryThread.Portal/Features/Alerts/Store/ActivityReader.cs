using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Store;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Features.Alerts.Store;

/// <summary>A key's name and limits, for a sentence about it.</summary>
internal sealed record KeyFacts(string Id, string Name, int? PerMinute, int? PerDay);

/// <summary>A key that may need care: what it is, and how it stands.</summary>
internal sealed record KeyAge(string Id, string Name, KeyKind Kind, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>
/// What the rules look at, from one snapshot of the database. One pass over the new rows of the log says which keys had traffic; all else
/// is read from the roll-ups, for these keys only.
/// </summary>
internal sealed class ActivityReader : IDisposable
{
    public const long Hour = 3_600_000;
    public const long Day = 24 * Hour;

    /// <summary>Answers to somebody who presents a key that does not live any more.</summary>
    private static readonly HashSet<string> DeadCodes = ["expired_key", "revoked_key", "replaced_key", "unknown_key", "owner_disabled"];

    private static readonly string DeadCodesSql = string.Join(", ", DeadCodes.Select(code => $"'{code}'"));

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _snapshot;
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    /// <param name="connection">Open; not used by anybody else meanwhile.</param>
    public ActivityReader(SqliteConnection connection)
    {
        _connection = connection;
        _snapshot = connection.BeginTransaction(deferred: true);
        Execute("CREATE TEMP TABLE IF NOT EXISTS AlertSeen (KeyId TEXT, Address TEXT, Code TEXT, Minute INTEGER, FirstAt INTEGER, LastAt INTEGER, Count INTEGER, Counted INTEGER)");
        Execute("CREATE TEMP TABLE IF NOT EXISTS AlertActive (KeyId TEXT PRIMARY KEY, FirstAt INTEGER, LastAt INTEGER, Counted INTEGER) WITHOUT ROWID");
    }

    public long NewestLogId() => Read("SELECT LogId FROM IntakeWatermark WHERE Id = 1", r => r.GetInt64(0)).Single();

    /// <summary>Gathers the requests of the log's segments with ids in (from, to]; the other methods speak of these.</summary>
    /// <returns>The earliest and latest instant among them; null if there are none.</returns>
    public (long FirstAt, long LastAt)? Gather(long from, long to)
    {
        Execute("DELETE FROM temp.AlertSeen");
        Execute("DELETE FROM temp.AlertActive");
        var seen = new ByteGroups<SeenCalls>();
        var buffer = Array.Empty<byte>();
        foreach (var (key, minute, records) in Segments("Id > $from AND Id <= $to", ("$from", from), ("$to", to)))
        {
            seen.Clear();
            var reader = new RequestRecordFormat.Reader(SegmentPacking.Unpack(records, ref buffer));
            while (reader.TryRead(out var request))
            {
                SeenCalls.Of(request, seen).Add(request);
            }

            foreach (var (_, one) in seen.All)
            {
                Execute(
                    "INSERT INTO temp.AlertSeen VALUES ($key, $address, $code, $minute, $first, $last, $count, $counted)",
                    ("$key", key),
                    ("$address", one.Address),
                    ("$code", one.Code),
                    ("$minute", minute),
                    ("$first", one.FirstAt),
                    ("$last", one.LastAt),
                    ("$count", one.Count),
                    ("$counted", one.Counted));
            }
        }

        Execute("INSERT INTO temp.AlertActive SELECT KeyId, min(FirstAt), max(LastAt), sum(Counted) FROM temp.AlertSeen GROUP BY KeyId");
        return Read("SELECT min(FirstAt), max(LastAt) FROM temp.AlertActive", r => r.IsDBNull(0) ? ((long, long)?)null : (r.GetInt64(0), r.GetInt64(1))).Single();
    }

    /// <summary>Every key with traffic, and how many of its requests counted against its limits.</summary>
    public List<(KeyFacts Key, long Counted)> Active()
        => Read(
            "SELECT k.Id, k.Name, k.PerMinute, k.PerDay, a.Counted FROM temp.AlertActive a CROSS JOIN ApiKeys k ON k.Id = a.KeyId",
            r => (new KeyFacts(r.GetString(0), r.GetString(1), Number(r, 2), Number(r, 3)), r.GetInt64(4)));

    /// <summary>From where living keys were used, in the order of time.</summary>
    public List<(string Key, string Address, long FirstAt, long Count)> Callers()
        => Read(
            $"SELECT KeyId, Address, min(FirstAt) AS At, sum(Count) FROM temp.AlertSeen WHERE Address <> '' AND Code NOT IN ({DeadCodesSql}) GROUP BY KeyId, Address ORDER BY At",
            r => (r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3)));

    /// <summary>Keys that were refused since they do not live.</summary>
    public List<string> DeadKeys() => Read($"SELECT DISTINCT KeyId FROM temp.AlertSeen WHERE Code IN ({DeadCodesSql})", r => r.GetString(0));

    /// <summary>When the subject's latest alert of this kind was resolved, Unix milliseconds; 0 if none was.</summary>
    public long ResolvedAt(AlertKind kind, string subject)
        => Read(
            "SELECT ifnull(max(ResolvedAt), 0) FROM Alerts WHERE Kind = $kind AND Subject = $subject",
            r => r.GetInt64(0),
            ("$kind", kind.ToString()),
            ("$subject", subject)).Single();

    /// <summary>The dead calls of a key since an instant, by code, the most frequent first; and where they came from.</summary>
    public (List<(string Code, long Count)> Calls, IReadOnlyCollection<string> Addresses) DeadCalls(string key, long since)
    {
        var (calls, addresses) = (new Dictionary<string, long>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var buffer = Array.Empty<byte>();
        foreach (var (_, _, records) in Segments("KeyId = $key AND Minute >= $since / 60000", ("$key", key), ("$since", since)))
        {
            var reader = new RequestRecordFormat.Reader(SegmentPacking.Unpack(records, ref buffer));
            while (reader.TryRead(out var request))
            {
                var texts = request.Named();
                if (request.At > since && RequestRecordFormat.Text(texts.Code) is { } code && DeadCodes.Contains(code))
                {
                    calls[code] = calls.GetValueOrDefault(code) + 1;
                    if (RequestRecordFormat.Text(texts.Address) is { Length: > 0 } address)
                    {
                        addresses.Add(address);
                    }
                }
            }
        }

        return ([.. calls.OrderByDescending(c => c.Value).Select(c => (c.Key, c.Value))], addresses);
    }

    /// <summary>Keys with traffic that have at least this many requests in the hour.</summary>
    public List<(string Key, long Count, long Errors)> HourTotals(long hour, long atLeast)
        => Read(
            """
            SELECT a.KeyId, sum(h.Count), sum(CASE WHEN h.Outcome = 0 THEN 0 ELSE h.Count END)
            FROM temp.AlertActive a CROSS JOIN UsageHour h ON h.KeyId = a.KeyId AND h.Hour = $hour
            GROUP BY a.KeyId HAVING sum(h.Count) >= $least
            """,
            r => (r.GetString(0), r.GetInt64(1), r.GetInt64(2)),
            ("$hour", hour),
            ("$least", atLeast));

    /// <summary>How many requests the key makes at this hour of the week, and over how many weeks that is known; 0 weeks: it is too young.</summary>
    /// <remarks>The hours beside it count too: jobs move by an hour with the clock's summer time.</remarks>
    public (double Expected, int Weeks) Usual(string key, long hour)
    {
        var first = Read("SELECT min(Hour) FROM UsageHour WHERE KeyId = $key", r => r.IsDBNull(0) ? hour : r.GetInt64(0), ("$key", key)).Single();
        var weeks = (int)Math.Clamp((hour - first) / (7 * Day), 0, 4);
        if (weeks == 0)
        {
            return (0, 0);
        }

        var sums = new double[3];
        foreach (var (at, count) in Read(
            """
            SELECT Hour, sum(Count) FROM UsageHour WHERE KeyId = $key AND Hour IN
                ($h - 608400000, $h - 604800000, $h - 601200000, $h - 1213200000, $h - 1209600000, $h - 1206000000,
                 $h - 1818000000, $h - 1814400000, $h - 1810800000, $h - 2422800000, $h - 2419200000, $h - 2415600000)
            GROUP BY Hour
            """,
            r => (r.GetInt64(0), r.GetInt64(1)),
            ("$key", key),
            ("$h", hour)))
        {
            sums[(int)((hour - at + Hour) % (7 * Day) / Hour)] += count;
        }

        return (sums.Max() / weeks, weeks);
    }

    /// <summary>The key's requests and errors in the seven days before the hour.</summary>
    public (long Count, long Errors) WeekBefore(string key, long hour)
        => Read(
            "SELECT ifnull(sum(Count), 0), ifnull(sum(CASE WHEN Outcome = 0 THEN 0 ELSE Count END), 0) FROM UsageHour WHERE KeyId = $key AND Hour >= $from AND Hour < $hour",
            r => (r.GetInt64(0), r.GetInt64(1)),
            ("$key", key),
            ("$from", hour - 7 * Day),
            ("$hour", hour)).Single();

    /// <summary>Keys used now that were used last before <paramref name="days"/> days, or never (then since they were made).</summary>
    public List<(string Key, string Name, long At, long? LastAt, long CreatedAt)> Silent(double days)
        => Read(
            """
            SELECT * FROM (
                SELECT a.KeyId, k.Name, a.FirstAt,
                    (SELECT max(h.Hour) FROM UsageHour h WHERE h.KeyId = a.KeyId AND h.Hour < a.FirstAt - a.FirstAt % 3600000) AS LastAt, k.CreatedAt
                FROM temp.AlertActive a CROSS JOIN ApiKeys k ON k.Id = a.KeyId)
            WHERE ifnull(LastAt, CreatedAt) < FirstAt - $span
            """,
            r => (r.GetString(0), r.GetString(1), r.GetInt64(2), r.IsDBNull(3) ? (long?)null : r.GetInt64(3), r.GetInt64(4)),
            ("$span", (long)(days * Day)));

    /// <summary>Addresses that presented wrong keys at least so often since an instant, with their codes and the latest minute, Unix milliseconds.</summary>
    public List<(string Address, long Count, string Codes, long LastMinute)> FailedAddresses(long since, double atLeast)
        => Read(
            """
            SELECT Address, sum(Count), group_concat(DISTINCT Code), max(Minute) FROM CredentialFailures
            WHERE Minute > $since AND Code <> 'missing_key' GROUP BY Address HAVING sum(Count) >= $least
            """,
            r => (r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetInt64(3)),
            ("$since", since),
            ("$least", atLeast));

    /// <summary>The same of one address; null if it presented none.</summary>
    public (long Count, string Codes, long LastMinute)? FailuresOf(string address, long since)
        => Read(
            "SELECT sum(Count), group_concat(DISTINCT Code), max(Minute) FROM CredentialFailures WHERE Address = $address AND Minute > $since AND Code <> 'missing_key'",
            r => r.IsDBNull(0) ? ((long, string, long)?)null : (r.GetInt64(0), r.GetString(1), r.GetInt64(2)),
            ("$address", address),
            ("$since", since)).Single();

    /// <summary>Keys and minutes whose new requests alone are half of what would alert, or that were refused at their limit.</summary>
    public List<(KeyFacts Key, long Minute, long Refused)> BusyMinutes(double percent, int defaultPerMinute)
        => Read(
            """
            SELECT s.KeyId, k.Name, k.PerMinute, k.PerDay, s.Minute, s.Refused
            FROM (SELECT KeyId, Minute, sum(Counted) AS Counted, sum(CASE WHEN Code = 'rate_limited' THEN Count ELSE 0 END) AS Refused
                  FROM temp.AlertSeen GROUP BY KeyId, Minute) s
            CROSS JOIN ApiKeys k ON k.Id = s.KeyId
            WHERE s.Refused > 0 OR s.Counted * 200.0 >= $percent * ifnull(k.PerMinute, $default)
            """,
            r => (new KeyFacts(r.GetString(0), r.GetString(1), Number(r, 2), Number(r, 3)), r.GetInt64(4), r.GetInt64(5)),
            ("$percent", percent),
            ("$default", defaultPerMinute));

    /// <summary>Requests of the key that counted in the minute (Unix time / 60 s).</summary>
    public long CountedInMinute(string key, long minute)
        => Read(
            "SELECT ifnull(sum(Counted), 0) FROM RequestSegments WHERE KeyId = $key AND Minute = $minute",
            r => r.GetInt64(0),
            ("$key", key),
            ("$minute", minute)).Single();

    /// <summary>Requests of the key that counted in the UTC day.</summary>
    public long CountedInDay(string key, long day)
        => Read(
            "SELECT ifnull(sum(Counted), 0) FROM UsageHour WHERE KeyId = $key AND Hour >= $day AND Hour < $day + 86400000",
            r => r.GetInt64(0),
            ("$key", key),
            ("$day", day)).Single();

    /// <summary>The key, deleted or not; null if there never was one.</summary>
    public KeyFacts? Key(string id)
        => Read("SELECT Id, Name, PerMinute, PerDay FROM ApiKeys WHERE Id = $id", r => new KeyFacts(r.GetString(0), r.GetString(1), Number(r, 2), Number(r, 3)), ("$id", id)).SingleOrDefault();

    public bool IsKnownNetwork(string key, string network)
        => Read("SELECT 1 FROM KeyNetworks WHERE KeyId = $key AND Network = $network", _ => true, ("$key", key), ("$network", network)).Count > 0;

    /// <summary>How many networks the key was used from, and since when.</summary>
    public (int Count, long? FirstAt) Networks(string key)
        => Read("SELECT count(*), min(FirstAt) FROM KeyNetworks WHERE KeyId = $key", r => (r.GetInt32(0), r.IsDBNull(1) ? (long?)null : r.GetInt64(1)), ("$key", key)).Single();

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _snapshot.Dispose();
    }

    /// <summary>One after the other: there may be more than memory should hold.</summary>
    private IEnumerable<(string Key, long Minute, byte[] Records)> Segments(string where, params (string Name, object Value)[] parameters)
    {
        using var reader = Command($"SELECT KeyId, Minute, Records FROM RequestSegments WHERE {where}", parameters).ExecuteReader();
        while (reader.Read())
        {
            yield return (reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
        }
    }

    private static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static int? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters) => Command(sql, parameters).ExecuteNonQuery();

    private List<T> Read<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var reader = Command(sql, parameters).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.Transaction = _snapshot;
#pragma warning disable CA2100 // Every text is a constant of this class.
            command.CommandText = sql;
#pragma warning restore CA2100
            _commands[sql] = command;
        }

        foreach (var (name, value) in parameters)
        {
            if (command.Parameters.Contains(name))
            {
                command.Parameters[name].Value = value;
            }
            else
            {
                command.Parameters.AddWithValue(name, value);
            }
        }

        return command;
    }
}
