using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>
/// Commits records to <c>intake.db</c>, a batch at a time. A commit that fails costs the connection, and with it whatever it left behind; the
/// next one opens the file anew, so that the portal records again as soon as the disk lets it.
/// </summary>
/// <remarks>One thread at a time may write or dispose; the properties and <see cref="ReleaseThrough"/> are for any thread.</remarks>
internal sealed partial class IntakeWriter : IDisposable
{
    /// <summary>Records committed at once, at most.</summary>
    public const int MaxRecords = 2048;

    private const int WalCheckInterval = 32;

    private readonly UsageOptions _options;
    private readonly PortalOptions _portal;
    private readonly ILogger _logger;
    private readonly IntakeCheckpointer _checkpointer;
    private IntakeFile? _file;
    private byte[] _batch = new byte[64 * 1024];
    private int _batches;
    private bool _failing;
    private long _moved;
    private long _newest;

    public IntakeWriter(UsageOptions options, PortalOptions portal, ILogger logger)
    {
        _options = options;
        _portal = portal;
        _logger = logger;
        _checkpointer = new IntakeCheckpointer(portal.IntakePath, logger);
    }

    /// <summary>Id of the newest committed batch.</summary>
    public long Newest => Volatile.Read(ref _newest);

    /// <summary>Commits so far.</summary>
    public int Batches => Volatile.Read(ref _batches);

    /// <summary>The next commits delete this batch and all before it.</summary>
    public void ReleaseThrough(long batchId) => Volatile.Write(ref _moved, batchId);

    public void Start()
    {
        try
        {
            _file = Open();
            _newest = _file.Newest;
        }
        catch (SqliteException exception)
        {
            _failing = true;
            Log.Failed(_logger, exception);
        }

        _checkpointer.Start();
    }

    public void Stop() => _checkpointer.Stop();

    public void Dispose()
    {
        _checkpointer.Dispose();
        _file?.Dispose();
    }

    /// <summary>Commits a chain of records, or its first <see cref="MaxRecords"/>, and cuts it behind them.</summary>
    /// <param name="oldest">The first of the chain.</param>
    /// <param name="count">How many are in the batch.</param>
    /// <param name="rest">The first of those that are not.</param>
    /// <returns>Null, or why the batch is not on disk.</returns>
    public Exception? Write(PendingRecord oldest, out int count, out PendingRecord? rest)
    {
        var length = 0;
        _batch[length++] = RequestRecordFormat.Version;
        count = 0;
        var last = oldest;
        for (var pending = oldest; pending is not null && count < MaxRecords; pending = pending.Next)
        {
            length += pending.CopyTo(ref _batch, length);
            last = pending;
            count++;
        }

        (rest, last.Next) = (last.Next, null);
        return Commit(_batch.AsSpan(0, length));
    }

    private Exception? Commit(ReadOnlySpan<byte> batch)
    {
        try
        {
            _file ??= Open();
            _file.Append(batch, Volatile.Read(ref _moved));
            Volatile.Write(ref _newest, _file.Newest);
            if (++_batches % WalCheckInterval == 0)
            {
                KeepWalShort(_file);
            }

            if (_failing)
            {
                _failing = false;
                Log.Recovered(_logger);
            }

            return null;
        }
        catch (Exception exception)
        {
            // Whatever it was, the waiting requests must be answered and the thread must live.
            if (!_failing)
            {
                _failing = true;
                Log.Failed(_logger, exception);
            }

            _file?.Dispose();
            _file = null;
            return exception;
        }
    }

    /// <summary>Whatever happens here, the batch before it is committed and must be answered so.</summary>
    private void KeepWalShort(IntakeFile file)
    {
        try
        {
            var wal = file.WalLength();
            if (!file.TryRestartWal())
            {
                // Not before: the two would be in each other's way.
                _checkpointer.WalIs(wal);
            }
        }
        catch (SqliteException exception)
        {
            Log.WalStaysLong(_logger, exception);
        }
    }

    private IntakeFile Open() => IntakeFile.Open(_portal.IntakePath, _options, PortalWatermark.Read(_portal.DatabasePath));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "Requests cannot be recorded and are answered 503 until they can: intake.db does not take a commit.")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Information, "Requests are recorded again.")]
        public static partial void Recovered(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning, "The WAL of intake.db could not be begun anew; it is tried again when it has grown.")]
        public static partial void WalStaysLong(ILogger logger, Exception exception);
    }
}
