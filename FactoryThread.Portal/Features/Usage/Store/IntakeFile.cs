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
    /// Bytes of the WAL beyond which the writer empties it. That takes two fsyncs and a truncation, some 30 ms in which answers wait: at this
    /// length it is rare enough not to show in the 99th percentile, and a start still reads the file in a moment.
    /// </summary>
    public const long LongWal = 64 * 1024 * 1024;

    /// <summary>Longest time the writer waits for a reader when it empties the WAL.</summary>
    private const int TruncateMilliseconds = 20;

    /// <summary>Batches deleted at once, so that a commit after a long backlog stays quick.</summary>
    private const int DeletedAtOnce = 64;

    private readonly NativeDatabase _database;
    private readonly NativeStatement _append;
    private readonly NativeStatement _delete;
    private long _oldest;
    private long _retryTruncateAt = LongWal;

    private IntakeFile(NativeDatabase database, long watermark)
    {
        _database = database;
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

    /// <summary>Bytes of the WAL now.</summary>
    public long WalLength() => _database.WalLength();

    /// <summary>Empties the WAL if it has grown long although it is being checkpointed; commits without a pause keep it from starting anew.</summary>
    /// <returns>True if it is empty now.</returns>
    public bool TryEmptyWal(long length)
    {
        if (length < _retryTruncateAt)
        {
            return false;
        }

        _database.BusyMilliseconds = TruncateMilliseconds;
        _retryTruncateAt = length + LongWal / 8;
        try
        {
            if (!_database.CheckpointTruncate())
            {
                return false;
            }

            _retryTruncateAt = LongWal;
            return true;
        }
        finally
        {
            _database.BusyMilliseconds = BusyMilliseconds;
        }
    }

    public void Dispose() => _database.Dispose();
}
