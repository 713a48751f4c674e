using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>A SQLite connection through the raw API: statements stay prepared and binding allocates nothing. For one thread at a time.</summary>
/// <remarks>Every error is a <see cref="SqliteException"/>.</remarks>
internal sealed class NativeDatabase : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly FileInfo _wal;
    private readonly List<NativeStatement> _statements = [];

    private NativeDatabase(sqlite3 handle, string path) => (_handle, _wal) = (handle, new FileInfo(path + "-wal"));

    /// <param name="path">The file; created if it is missing.</param>
    /// <param name="busyMilliseconds">How long a statement waits for another connection's lock before it fails.</param>
    public static NativeDatabase Open(string path, int busyMilliseconds)
    {
        var result = raw.sqlite3_open_v2(path, out var handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new NativeDatabase(handle, path);
        try
        {
            database.Check(result);
            raw.sqlite3_extended_result_codes(handle, 1);
            database.Check(raw.sqlite3_busy_timeout(handle, busyMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public int BusyMilliseconds
    {
        set => Check(raw.sqlite3_busy_timeout(_handle, value));
    }

    /// <summary>The file could only be opened for reading.</summary>
    public bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    /// <summary>Rows that the latest statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Bytes of the WAL now.</summary>
    public long WalLength()
    {
        _wal.Refresh();
        return _wal.Exists ? _wal.Length : 0;
    }

    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Ends a transaction without its changes, if one is open; an error has often ended it already.</summary>
    public void Rollback()
    {
        if (InTransaction)
        {
            _ = raw.sqlite3_exec(_handle, "ROLLBACK");
        }
    }

    public NativeStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        var prepared = new NativeStatement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Copies what it can from the WAL into the file, without waiting for anybody.</summary>
    public void CheckpointPassive() => Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE);

    /// <summary>Pages that this connection has written to the WAL since the last call.</summary>
    public long TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 1));
        return pages;
    }

    /// <summary>Copies all of the WAL into the file, so that the next writer begins it anew in the blocks it has. False if a reader was in the way.</summary>
    public bool CheckpointRestart() => Checkpoint(raw.SQLITE_CHECKPOINT_RESTART);

    /// <summary>Copies all of the WAL into the file and empties it. False if a reader was in the way.</summary>
    public bool CheckpointTruncate() => Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE);

    internal void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw new SqliteException(raw.sqlite3_errmsg(_handle).utf8_to_string(), result & 0xFF, result);
        }
    }

    public void Dispose()
    {
        _statements.ForEach(s => s.Dispose());
        _handle.Dispose();
    }

    private bool Checkpoint(int mode)
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out _, out _);
        if ((result & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            return false;
        }

        Check(result);
        return true;
    }
}

/// <summary>A prepared statement; parameters count from 1, columns from 0.</summary>
internal sealed class NativeStatement(NativeDatabase database, sqlite3_stmt handle) : IDisposable
{
    private readonly List<byte[]?> _bound = [];

    /// <summary>
    /// Binds a text, or NULL, unless the parameter has this value from last time: SQLite keeps bindings from run to run, and of a log's
    /// columns most repeat. For parameters that nothing else binds.
    /// </summary>
    public void BindIfChanged(int index, ReadOnlySpan<byte> utf8, bool isNull)
    {
        while (_bound.Count <= index)
        {
            _bound.Add(null);
        }

        if (isNull ? _bound[index] is null : _bound[index] is { } before && utf8.SequenceEqual(before))
        {
            return;
        }

        _ = isNull ? BindNull(index) : BindText(index, utf8);
        if (!isNull && _bound[index] is { } same && same.Length == utf8.Length)
        {
            utf8.CopyTo(same);
        }
        else
        {
            _bound[index] = isNull ? null : utf8.ToArray();
        }
    }

    public NativeStatement Bind(int index, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, index, value));
        return this;
    }

    public NativeStatement Bind(int index, string? value)
    {
        database.Check(value is null ? raw.sqlite3_bind_null(handle, index) : raw.sqlite3_bind_text(handle, index, value));
        return this;
    }

    public NativeStatement BindText(int index, ReadOnlySpan<byte> utf8)
    {
        // An empty span has no address, which SQLite would take for NULL.
        database.Check(utf8.IsEmpty ? raw.sqlite3_bind_text(handle, index, "") : raw.sqlite3_bind_text(handle, index, utf8));
        return this;
    }

    public NativeStatement BindBlob(int index, ReadOnlySpan<byte> bytes)
    {
        database.Check(raw.sqlite3_bind_blob(handle, index, bytes));
        return this;
    }

    public NativeStatement BindNull(int index)
    {
        database.Check(raw.sqlite3_bind_null(handle, index));
        return this;
    }

    /// <summary>Runs the statement to its end.</summary>
    public void Run()
    {
        var result = raw.sqlite3_step(handle);
        _ = raw.sqlite3_reset(handle);
        database.Check(result);
    }

    /// <summary>Goes to the next row; at the end, or on an error, the statement is ready for its next use.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        _ = raw.sqlite3_reset(handle);
        database.Check(result);
        return false;
    }

    /// <summary>Gives up the rows that were not read.</summary>
    public void Reset() => _ = raw.sqlite3_reset(handle);

    /// <summary>The number in the only row's first column; zero for NULL and for no row.</summary>
    public long Scalar()
    {
        var value = Step() ? Int64(0) : 0;
        Reset();
        return value;
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public void Dispose() => handle.Dispose();
}
