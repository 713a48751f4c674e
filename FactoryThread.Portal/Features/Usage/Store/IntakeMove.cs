using System.Diagnostics;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>The mover's two connections: takes batches from the intake and writes them to <c>portal.db</c>, slice by slice.</summary>
internal sealed class IntakeMove : IDisposable
{
    /// <summary>
    /// Bytes of portal.db's WAL that readers without a pause may let it grow to. Without them it starts anew at a quarter of that, in the same
    /// blocks of the disk: writing to those costs half of what new ones do.
    /// </summary>
    private const long LongWal = 64 * 1024 * 1024;

    private const int RowsPerSlice = 50_000;
    private static readonly TimeSpan TimePerSlice = TimeSpan.FromMilliseconds(60);

    private readonly NativeDatabase _intake;
    private readonly NativeDatabase _portal;
    private readonly NativeStatement _batches;
    private readonly NativeStatement _state;
    private readonly NativeStatement _advance;
    private readonly SegmentWriter _segments;
    private readonly ExecutionWriter _executions;
    private readonly HourSums _hours;

    public IntakeMove(PortalOptions options)
    {
        _intake = IntakeFile.Connect(options.IntakePath);
        try
        {
            _portal = NativeDatabase.Open(options.DatabasePath, Sqlite.BusySeconds * 1000);
            _portal.Execute(Sqlite.ConnectionPragmas.Sql + "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000;");
            _batches = _intake.Prepare("SELECT Id, Records FROM Intake WHERE Id > ?1 ORDER BY Id");
            _state = _portal.Prepare("SELECT BatchId, LogId FROM IntakeWatermark WHERE Id = 1");
            _segments = new SegmentWriter(_portal);
            _executions = new ExecutionWriter(_portal);
            _hours = new HourSums(_portal);
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
        _segments.Clear();
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
            var rows = 0;
            _batches.Bind(1, batch);
            while (rows < RowsPerSlice && Stopwatch.GetElapsedTime(started) < TimePerSlice && _batches.Step())
            {
                batch = _batches.Int64(0);
                rows += Gather(batch, _batches.Blob(1));
            }

            _advance.Bind(1, batch).Bind(2, _segments.Write(log)).Run();
            _hours.Write();
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

    private int Gather(long batch, ReadOnlySpan<byte> records)
    {
        var rows = 0;
        try
        {
            var reader = new RequestRecordFormat.Reader(records);
            while (reader.TryRead(out var entry))
            {
                var texts = entry.Texts;
                var key = texts.Next(out _);
                var flow = texts.Next(out _);
                _segments.Add(key, entry);
                _executions.Add(entry);
                _hours.Add(key, flow, entry);
                rows++;
            }
        }
        catch (InvalidDataException)
        {
            SkippedBatch = batch;
        }

        return rows;
    }

    public void Dispose()
    {
        _intake.Dispose();
        _portal?.Dispose();
    }
}
