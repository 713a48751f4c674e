using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Reads the log of a scope and range, key by key and by time, in slices: between two of them nothing is held open.</summary>
/// <remarks>A row goes from SQLite's memory to whoever writes it, as the UTF-8 it is stored as: an export may have millions.</remarks>
internal sealed class RequestScan : IDisposable
{
    private readonly NativeDatabase _portal;
    private readonly NativeStatement _rows;
    private readonly NativeStatement _count;
    private readonly KeyWalk _keys;
    private readonly UsageRange _range;
    private long _at;
    private long _id;
    private bool _ended;

    public RequestScan(PortalOptions options, UsageScope scope, UsageRange range)
    {
        _range = range;
        _portal = NativeDatabase.Open(options.DatabasePath, Sqlite.BusySeconds * 1000);
        try
        {
            _keys = new KeyWalk(_portal, "RequestLog", scope);
            _rows = _portal.Prepare("""
                SELECT At, Id, RequestId, FlowId, Route, Outcome, Code, Status, DurationMicros, Address, UserAgent, ExecutionId, Error, Test FROM RequestLog
                WHERE KeyId = ?1 AND At >= ?2 AND At < ?3 AND (At > ?2 OR Id > ?4)
                ORDER BY At, Id LIMIT ?5
                """);
            _count = _portal.Prepare("SELECT count(*) FROM RequestLog WHERE KeyId = ?1 AND At >= ?2 AND At < ?3");
            _ended = !NextKey();
        }
        catch
        {
            _portal.Dispose();
            throw;
        }
    }

    /// <summary>Hands over the next rows, up to a number. False at the end.</summary>
    public bool Next(int count, RequestVisitor visit)
    {
        var left = count;
        while (left > 0 && !_ended)
        {
            var key = _keys.Current!;
            _rows.Bind(1, key.Id).Bind(2, _at).Bind(3, _range.To.ToUnixTimeMilliseconds()).Bind(4, _id).Bind(5, left);
            try
            {
                while (_rows.Step())
                {
                    (_at, _id) = (_rows.Int64(0), _rows.Int64(1));
                    visit(new LoggedRequest(key, _rows));
                    left--;
                }
            }
            finally
            {
                _rows.Reset();
            }

            _ended = left > 0 && !NextKey();
        }

        return left < count;
    }

    /// <summary>How many rows there are; for a scan that has not begun.</summary>
    public long Count(CancellationToken cancellationToken)
    {
        var total = 0L;
        for (; !_ended; _ended = !NextKey())
        {
            cancellationToken.ThrowIfCancellationRequested();
            total += _count.Bind(1, _keys.Current!.Id).Bind(2, _range.From.ToUnixTimeMilliseconds()).Bind(3, _range.To.ToUnixTimeMilliseconds()).Scalar();
        }

        return total;
    }

    public void Dispose() => _portal.Dispose();

    private bool NextKey()
    {
        (_at, _id) = (_range.From.ToUnixTimeMilliseconds(), -1);
        return _keys.MoveNext();
    }
}

/// <summary>Takes a row, and nothing of it beyond the call.</summary>
internal delegate void RequestVisitor(LoggedRequest request);

/// <summary>A row of the log where it lies; texts are UTF-8, empty for null.</summary>
internal readonly ref struct LoggedRequest(UsageKey key, NativeStatement row)
{
    public UsageKey Key => key;

    public DateTime At => DateTime.UnixEpoch.AddMilliseconds(row.Int64(0));

    public ReadOnlySpan<byte> RequestId => row.Blob(2);

    public ReadOnlySpan<byte> FlowId => row.Blob(3);

    public ReadOnlySpan<byte> Route => row.Blob(4);

    public Outcome Outcome => (Outcome)row.Int64(5);

    public ReadOnlySpan<byte> Code => row.Blob(6);

    public long Status => row.Int64(7);

    public long DurationMicros => row.Int64(8);

    public ReadOnlySpan<byte> Address => row.Blob(9);

    public ReadOnlySpan<byte> UserAgent => row.Blob(10);

    public ReadOnlySpan<byte> ExecutionId => row.Blob(11);

    public ReadOnlySpan<byte> Error => row.Blob(12);

    public ReadOnlySpan<byte> Environment => row.Int64(13) == 0 ? "live"u8 : "test"u8;
}
