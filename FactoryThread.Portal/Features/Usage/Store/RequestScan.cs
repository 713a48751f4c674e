using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Reads the log of a scope and range, key by key and by time, segment by segment: between two of them nothing is held open.</summary>
/// <remarks>A row goes from the segment to whoever writes it, as the UTF-8 it is stored as: an export may have millions.</remarks>
internal sealed class RequestScan : IDisposable
{
    private readonly NativeDatabase _portal;
    private readonly NativeStatement _next;
    private readonly NativeStatement _count;
    private readonly KeyWalk _keys;
    private readonly long _first;
    private readonly long _end;
    private (long Minute, long Id) _last;
    private byte[] _segment = [];
    private int _length;
    private int _read;
    private bool _ended;

    public RequestScan(PortalOptions options, UsageScope scope, UsageRange range)
    {
        (_first, _end) = (range.From.ToUnixTimeMilliseconds(), range.To.ToUnixTimeMilliseconds());
        _portal = NativeDatabase.Open(options.DatabasePath, Sqlite.BusySeconds * 1000);
        try
        {
            _keys = new KeyWalk(_portal, "RequestSegments", scope);
            _next = _portal.Prepare("""
                SELECT Minute, Id, Records FROM RequestSegments
                WHERE KeyId = ?1 AND Minute >= ?2 AND Minute <= ?3 AND (Minute > ?2 OR Id > ?4)
                ORDER BY Minute, Id LIMIT 1
                """);
            _count = _portal.Prepare("SELECT sum(Rows) FROM RequestSegments WHERE KeyId = ?1 AND Minute > ?2 AND Minute < ?3");
            _ended = !NextKey();
        }
        catch
        {
            _portal.Dispose();
            throw;
        }
    }

    private long FirstMinute => _first / RequestSegment.MinuteMilliseconds;

    private long LastMinute => (_end - 1) / RequestSegment.MinuteMilliseconds;

    /// <summary>Hands over the next rows, up to a number. False at the end.</summary>
    public bool Next(int count, LoggedRequestVisitor visit)
    {
        var left = count;
        while (left > 0 && !_ended)
        {
            var reader = new RequestRecordFormat.Reader(_segment.AsSpan(0, _length), _read);
            while (left > 0 && reader.TryRead(out var request))
            {
                if (request.At >= _first && request.At < _end)
                {
                    visit(new LoggedRequest(_keys.Current!, request));
                    left--;
                }
            }

            _read = reader.Position;
            _ended = _read == _length && !NextSegment(LastMinute) && !NextKey();
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

            // Only of the first and the last minute may a part lie outside.
            total += _count.Bind(1, _keys.Current!.Id).Bind(2, FirstMinute).Bind(3, LastMinute).Scalar() + CountWithin(FirstMinute);
            if (LastMinute > FirstMinute)
            {
                _last = (LastMinute, -1);
                total += NextSegment(LastMinute) ? CountWithin(LastMinute) : 0;
            }
        }

        return total;
    }

    public void Dispose() => _portal.Dispose();

    /// <summary>Rows of the current segment and those after it up to a minute that lie in the range.</summary>
    private long CountWithin(long minute)
    {
        var count = 0L;
        for (var more = _length > 0 && _last.Minute <= minute; more; more = NextSegment(minute))
        {
            var reader = new RequestRecordFormat.Reader(_segment.AsSpan(0, _length));
            while (reader.TryRead(out var request))
            {
                count += request.At >= _first && request.At < _end ? 1 : 0;
            }
        }

        return count;
    }

    private bool NextKey()
    {
        while (_keys.MoveNext())
        {
            _last = (FirstMinute, -1);
            if (NextSegment(LastMinute))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Copies the next segment of the key, up to a minute, and lets go of the database.</summary>
    private bool NextSegment(long lastMinute)
    {
        (_length, _read) = (0, RequestRecordFormat.FirstRecord);
        _next.Bind(1, _keys.Current!.Id).Bind(2, _last.Minute).Bind(3, lastMinute).Bind(4, _last.Id);
        try
        {
            if (!_next.Step())
            {
                return false;
            }

            _last = (_next.Int64(0), _next.Int64(1));
            var records = SegmentPacking.Unpack(_next.Blob(2), ref _segment);
            _length = records.Length;
            if (!records.Overlaps(_segment))
            {
                _segment = _segment.Length < _length ? new byte[_length * 2] : _segment;
                records.CopyTo(_segment);
            }

            return true;
        }
        finally
        {
            _next.Reset();
        }
    }
}

/// <summary>Takes a row, and nothing of it beyond the call.</summary>
internal delegate void LoggedRequestVisitor(LoggedRequest request);

/// <summary>A row of the log where it lies; texts are UTF-8, empty for null.</summary>
internal readonly ref struct LoggedRequest(UsageKey key, RequestRecordFormat.Entry request)
{
    private readonly RequestRecordFormat.Entry _request = request;

    public UsageKey Key => key;

    public RequestRecordFormat.RequestTexts Texts { get; } = request.Named();

    public DateTime At => DateTime.UnixEpoch.AddMilliseconds(_request.At);

    public Outcome Outcome => _request.Outcome;

    public int Status => _request.Status;

    public long DurationMicros => _request.DurationMicros;

    public ReadOnlySpan<byte> Environment => _request.Test ? "test"u8 : "live"u8;
}
