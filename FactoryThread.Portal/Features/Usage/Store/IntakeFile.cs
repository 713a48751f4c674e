using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>
/// <c>intake.db</c>: batches of records in the order of their commits, each one compact row of one table without an index. A file of its
/// own keeps the mover's and everybody else's writes to <c>portal.db</c> off the path of an answer.
/// </summary>
internal sealed class IntakeFile : IDisposable
{
    /// <summary>A commit waits this long for a foreign lock; requests are waiting behind it.</summary>
    private const int BusyMilliseconds = 500;

    private const int SqliteReadOnly = 8;

    /// <summary>
    /// Bytes of the WAL beyond which the writer begins it anew; commits without a pause keep that from happening by itself. Answers wait some
    /// 10 ms for it: at this length it is rare enough not to show in the 99th percentile, and a start still reads the file in a moment.
    /// A little more than a multiple of the checkpointer's step, which leaves little to copy.
    /// </summary>
    public const long LongWal = 65 * 1024 * 1024;

    /// <summary>Bytes that the WAL has for each page beside the page.</summary>
    private const int FrameHeader = 24;

    /// <summary>Longest time the writer waits for a reader when it begins the WAL anew.</summary>
    private const int RestartMilliseconds = 20;

    /// <summary>Batches deleted at once, so that a commit after a long backlog stays quick.</summary>
    private const int DeletedAtOnce = 64;

    private readonly NativeDatabase _database;
    private readonly NativeStatement _append;
    private readonly NativeStatement _delete;
    private long _oldest;
    private readonly long _frame;
    private long _retryRestartAt = LongWal;
    private long _wal;

    private IntakeFile(NativeDatabase database, long watermark)
    {
        _database = database;
        _frame = database.Prepare("PRAGMA page_size").Scalar() + FrameHeader;
        _wal = database.WalLength();
        _append = database.Prepare("INSERT INTO Intake (Id, Records) VALUES (?1, ?2)");
        _delete = database.Prepare("DELETE FROM Intake WHERE Id <= ?1");

        // If the file was lost, ids must still go on above what portal.db holds already, or the mover would pass over them.
        Newest = Math.Max(database.Prepare("SELECT ifnull(max(Id), 0) FROM Intake").Scalar(), watermark);
        var oldest = database.Prepare("SELECT ifnull(min(Id), 0) FROM Intake").Scalar();
        _oldest = oldest == 0 ? Newest + 1 : oldest;
    }

    /// <summary>Id of the newest batch; ids are never reused.</summary>
    public long Newest { get; private set; }

    /// <summary>A connection to the file, whose table is made if it is missing.</summary>
    public static NativeDatabase Connect(string path, SynchronousMode synchronous = SynchronousMode.Normal)
    {
        var database = NativeDatabase.Open(path, BusyMilliseconds);
        try
        {
            // All connections of a process share the WAL's index: one that stays open for reading would keep those that come later from
            // writing, although the file may be written again.
            if (database.IsReadOnly)
            {
                throw new SqliteException("intake.db may only be read.", SqliteReadOnly);
            }

            // Checkpoints inside a commit would make requests wait: another thread makes them.
            database.Execute($"""
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = {(synchronous == SynchronousMode.Full ? "FULL" : "NORMAL")};
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = {LongWal};
                CREATE TABLE IF NOT EXISTS Intake (Id INTEGER PRIMARY KEY, Records BLOB NOT NULL);
                """);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <param name="watermark">The newest batch that has been moved.</param>
    public static IntakeFile Open(string path, UsageOptions options, long watermark)
    {
        var database = Connect(path, options.Synchronous);
        try
        {
            using (var pageSize = database.Prepare("PRAGMA page_size"))
            {
                var pages = options.MaxIntakeMegabytes * 1024L * 1024L / pageSize.Scalar();
                database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
            }

            return new IntakeFile(database, watermark);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Commits a batch, and with it deletes batches that have been moved (the newest always stays).</summary>
    public void Append(ReadOnlySpan<byte> batch, long moved)
    {
        var id = Newest + 1;
        var deletable = Math.Min(moved, Newest - 1);
        if (deletable < _oldest + DeletedAtOnce - 1)
        {
            _append.Bind(1, id).BindBlob(2, batch).Run();
        }
        else
        {
            var upTo = _oldest + DeletedAtOnce - 1;
            _database.Execute("BEGIN IMMEDIATE");
            _delete.Bind(1, upTo).Run();
            _append.Bind(1, id).BindBlob(2, batch).Run();
            _database.Execute("COMMIT");
            _oldest = upTo + 1;
        }

        Newest = id;
    }

    /// <summary>Bytes of the WAL that we have written since it began, or more if others have made it far longer.</summary>
    public long WalLength()
    {
        _wal += _database.TakePagesWritten() * _frame;
        return _wal = _database.WalLength() is var length && length > 2 * LongWal ? Math.Max(_wal, length) : _wal;
    }

    /// <summary>Begins the WAL anew if it has grown long. It keeps its length on the disk: giving up the blocks and taking new ones would cost more than the copying.</summary>
    /// <returns>True if it did.</returns>
    public bool TryRestartWal()
    {
        if (_wal < _retryRestartAt)
        {
            return false;
        }

        _database.BusyMilliseconds = RestartMilliseconds;
        _retryRestartAt = _wal + LongWal / 8;
        try
        {
            if (!_database.CheckpointRestart())
            {
                return false;
            }

            (_wal, _retryRestartAt) = (0, LongWal);
            return true;
        }
        finally
        {
            _database.BusyMilliseconds = BusyMilliseconds;
        }
    }

    public void Dispose() => _database.Dispose();
}
