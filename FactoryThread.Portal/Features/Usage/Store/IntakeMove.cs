using System.Buffers.Binary;
using System.Diagnostics;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>The mover's two connections: takes batches from the intake and writes them to <c>portal.db</c>, slice by slice.</summary>
internal sealed class IntakeMove : IDisposable
{
    private const int HourMilliseconds = 60 * 60 * 1000;
    private const long LongWal = 16 * 1024 * 1024;
    private const int RowsPerSlice = 8000;
    private static readonly TimeSpan TimePerSlice = TimeSpan.FromMilliseconds(60);

    private readonly NativeDatabase _intake;
    private readonly NativeDatabase _portal;
    private readonly NativeStatement _batches;
    private readonly NativeStatement _state;
    private readonly NativeStatement _log;
    private readonly NativeStatement _hour;
    private readonly NativeStatement _used;
    private readonly NativeStatement _advance;
    private readonly Dictionary<byte[], Counts> _hours = new(new GroupComparer());
    private readonly Dictionary<byte[], Counts>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly byte[] _group = new byte[8 + 1 + 1 + 2 * 3 * RequestRecordFormat.MaxTextLength];

    public IntakeMove(PortalOptions options)
    {
        _lookup = _hours.GetAlternateLookup<ReadOnlySpan<byte>>();
        _intake = IntakeFile.Connect(options.IntakePath);
        try
        {
            _portal = NativeDatabase.Open(options.DatabasePath, Sqlite.BusySeconds * 1000);
            _portal.Execute(Sqlite.ConnectionPragmas.Sql + "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000;");
            _batches = _intake.Prepare("SELECT Id, Records FROM Intake WHERE Id > ?1 ORDER BY Id");
            _state = _portal.Prepare("SELECT BatchId, LogId FROM IntakeWatermark WHERE Id = 1");
            _log = _portal.Prepare("""
                INSERT INTO RequestLog (Id, At, SecretId, DurationMicros, Status, Outcome, Counted, Test,
                    KeyId, FlowId, Route, Code, Address, UserAgent, RequestId, ExecutionId, Error)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
                """);
            _hour = _portal.Prepare("""
                INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                ON CONFLICT (KeyId, Hour, FlowId, Outcome) DO UPDATE SET
                    Count = Count + excluded.Count,
                    Counted = Counted + excluded.Counted,
                    DurationSumMicros = DurationSumMicros + excluded.DurationSumMicros,
                    DurationMaxMicros = max(DurationMaxMicros, excluded.DurationMaxMicros),
                    LastAt = max(LastAt, excluded.LastAt)
                """);
            _used = _portal.Prepare("UPDATE ApiKeys SET LastUsedAt = ?2 WHERE Id = ?1 AND (LastUsedAt IS NULL OR LastUsedAt < ?2)");
            _advance = _portal.Prepare("UPDATE IntakeWatermark SET BatchId = ?1, LogId = ?2 WHERE Id = 1");
            Watermark = PortalState().BatchId;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The newest batch that has been moved.</summary>
    public long Watermark { get; private set; }

    /// <summary>A damaged batch that the latest slice passed over.</summary>
    public long? SkippedBatch { get; private set; }

    /// <summary>Moves one slice in one transaction. False if there was nothing to move.</summary>
    public bool Next()
    {
        SkippedBatch = null;
        _hours.Clear();

        // Look before locking. The lock comes before the intake's snapshot, which would keep its WAL from starting anew for as long as
        // the lock takes.
        if (!_batches.Bind(1, Watermark).Step())
        {
            return false;
        }

        _batches.Reset();
        _portal.Execute("BEGIN IMMEDIATE");
        try
        {
            var (batch, log) = PortalState();
            var started = Stopwatch.GetTimestamp();
            var end = log + RowsPerSlice;
            _batches.Bind(1, batch);
            while (log < end && Stopwatch.GetElapsedTime(started) < TimePerSlice && _batches.Step())
            {
                batch = _batches.Int64(0);
                log = MoveBatch(batch, _batches.Blob(1), log);
            }

            WriteHours();
            _advance.Bind(1, batch).Bind(2, log).Run();
            _portal.Execute("COMMIT");
            Watermark = batch;
            if (_portal.WalLength() > LongWal)
            {
                _portal.CheckpointTruncate();
            }

            return true;
        }
        finally
        {
            _batches.Reset();
            _portal.Rollback();
        }
    }

    private (long BatchId, long LogId) PortalState()
    {
        if (!_state.Step())
        {
            throw new InvalidDataException("portal.db has lost the row of IntakeWatermark.");
        }

        var state = (_state.Int64(0), _state.Int64(1));
        _state.Reset();
        return state;
    }

    private long MoveBatch(long batch, ReadOnlySpan<byte> records, long log)
    {
        try
        {
            var reader = new RequestRecordFormat.Reader(records);
            while (reader.TryRead(out var entry))
            {
                WriteLog(++log, entry);
            }
        }
        catch (InvalidDataException)
        {
            SkippedBatch = batch;
        }

        return log;
    }

    private void WriteLog(long id, RequestRecordFormat.Entry entry)
    {
        _log.Bind(1, id).Bind(2, entry.At).Bind(3, entry.SecretId).Bind(4, entry.DurationMicros).Bind(5, entry.Status)
            .Bind(6, (int)entry.Outcome).Bind(7, entry.Counted ? 1 : 0).Bind(8, entry.Test ? 1 : 0);
        var texts = entry.Texts;
        var key = texts.Next(out _);
        _log.BindText(9, key);
        ReadOnlySpan<byte> flow = default;
        for (var parameter = 10; parameter <= 17; parameter++)
        {
            var text = texts.Next(out var isNull);
            _log.BindIfChanged(parameter, text, isNull);
            flow = parameter == 10 ? text : flow;
        }

        _log.Run();
        Count(key, flow, entry);
    }

    private void Count(ReadOnlySpan<byte> key, ReadOnlySpan<byte> flow, RequestRecordFormat.Entry entry)
    {
        // hour (8), outcome (1), key length (2), key, flow
        var group = _group.AsSpan(0, 11 + key.Length + flow.Length);
        BinaryPrimitives.WriteInt64LittleEndian(group, entry.At - entry.At % HourMilliseconds);
        group[8] = (byte)entry.Outcome;
        BinaryPrimitives.WriteUInt16LittleEndian(group[9..], (ushort)key.Length);
        key.CopyTo(group[11..]);
        flow.CopyTo(group[(11 + key.Length)..]);
        if (!_lookup.TryGetValue(group, out var counts))
        {
            _lookup[group] = counts = new Counts();
        }

        counts.Count++;
        counts.Counted += entry.Counted ? 1 : 0;
        counts.DurationSum += entry.DurationMicros;
        counts.DurationMax = Math.Max(counts.DurationMax, entry.DurationMicros);
        counts.LastAt = Math.Max(counts.LastAt, entry.At);
    }

    private void WriteHours()
    {
        foreach (var (group, counts) in _hours)
        {
            var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(group.AsSpan(9));
            var key = group.AsSpan(11, keyLength);
            _hour.BindText(1, key)
                .Bind(2, BinaryPrimitives.ReadInt64LittleEndian(group))
                .BindText(3, group.AsSpan(11 + keyLength))
                .Bind(4, group[8])
                .Bind(5, counts.Count)
                .Bind(6, counts.Counted)
                .Bind(7, counts.DurationSum)
                .Bind(8, counts.DurationMax)
                .Bind(9, counts.LastAt)
                .Run();
            _used.BindText(1, key).Bind(2, counts.LastAt).Run();
        }
    }

    public void Dispose()
    {
        _intake.Dispose();
        _portal?.Dispose();
    }

    private sealed class Counts
    {
        public long Count { get; set; }

        public long Counted { get; set; }

        public long DurationSum { get; set; }

        public long DurationMax { get; set; }

        public long LastAt { get; set; }
    }

    /// <summary>Finds a group by its bytes without making an array of them.</summary>
    private sealed class GroupComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
