using System.Text;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Reads the hourly counts of a scope and range, key by key and by time, in slices: between two of them nothing is held open.</summary>
internal sealed class UsageHourScan : IDisposable
{
    private readonly NativeDatabase _portal;
    private readonly NativeStatement _rows;
    private readonly KeyWalk _keys;
    private readonly UsageRange _range;
    private (long Hour, string Flow, int Outcome) _last;
    private bool _ended;

    public UsageHourScan(PortalOptions options, UsageScope scope, UsageRange range)
    {
        _range = range;
        _portal = NativeDatabase.Open(options.DatabasePath, Sqlite.BusySeconds * 1000);
        try
        {
            _keys = new KeyWalk(_portal, "UsageHour", scope);
            _rows = _portal.Prepare("""
                SELECT Hour, FlowId, Outcome, Count FROM UsageHour
                WHERE KeyId = ?1 AND Hour >= ?2 AND Hour < ?3 AND (Hour > ?2 OR FlowId > ?4 OR (FlowId = ?4 AND Outcome > ?5))
                ORDER BY Hour, FlowId, Outcome LIMIT ?6
                """);
            _ended = !NextKey();
        }
        catch
        {
            _portal.Dispose();
            throw;
        }
    }

    /// <summary>The next rows, up to a number; none at the end.</summary>
    public List<HourCount> Next(int count)
    {
        var rows = new List<HourCount>(count);
        while (rows.Count < count && !_ended)
        {
            var key = _keys.Current!;
            _rows.Bind(1, key.Id).Bind(2, _last.Hour).Bind(3, _range.To.ToUnixTimeMilliseconds()).Bind(4, _last.Flow).Bind(5, _last.Outcome).Bind(6, count - rows.Count);
            while (_rows.Step())
            {
                _last = (_rows.Int64(0), Encoding.UTF8.GetString(_rows.Blob(1)), (int)_rows.Int64(2));
                rows.Add(new HourCount(key, DateTimeOffset.FromUnixTimeMilliseconds(_last.Hour), _last.Flow, (Outcome)_last.Outcome, _rows.Int64(3)));
            }

            _ended = rows.Count < count && !NextKey();
        }

        return rows;
    }

    public void Dispose() => _portal.Dispose();

    private bool NextKey()
    {
        _last = (_range.From.ToUnixTimeMilliseconds(), "", -1);
        return _keys.MoveNext();
    }
}

/// <summary>One key's requests in one hour, for one flow and with one outcome.</summary>
internal readonly record struct HourCount(UsageKey Key, DateTimeOffset Hour, string FlowId, Outcome Outcome, long Count);
