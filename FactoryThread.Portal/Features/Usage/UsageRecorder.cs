using System.Net;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Commits what was answered before it is answered.</summary>
/// <remarks>
/// Requests push their encoded record onto a stack without a lock and wait; one at a time of the pool's threads takes the whole stack,
/// commits it as one row of <c>intake.db</c> and finishes them, one after the other on that thread: waking others for what little is left to
/// do, the sending of the answer, took longer than doing it. The commit stands in the pool's queue behind the requests that have already
/// arrived, goes to its end once and, while more come, again, and while it runs the next batch gathers: the number of commits adapts to the
/// load by itself, without a clock. (A thread of its own cost two changes of thread per commit, which was more than the commit.)
/// </remarks>
public sealed partial class UsageRecorder : IThreadPoolWorkItem, IDisposable
{
    private const int MaxBatchRecords = 2048;
    private const int WalCheckInterval = 32;

    /// <summary>Times a commit lets others go first, at most. With three a batch is about twice as large; with more the processors begin to idle.</summary>
    private const int MaxDeferrals = 3;

    private readonly UsageOptions _options;
    private readonly PortalOptions _portal;
    private readonly CredentialFailureCounter _failures;
    private readonly ILogger<UsageRecorder> _logger;
    private readonly PendingRecord.Pool _pool;
    private readonly LimitReader.Pool _limits;
    private readonly IntakeCheckpointer _checkpointer;
    private readonly Lock _writing = new();
    private PendingRecord? _incoming;
    private PendingRecord? _rest;
    private IntakeFile? _file;
    private byte[] _batch = new byte[64 * 1024];
    private int _waiting;
    private int _batches;
    private int _queued;
    private int _deferrals;
    private int _seen;
    private readonly Lock _stop = new();
    private volatile bool _stopping;
    private bool _failing;
    private long _moved;
    private long _newest;

    public UsageRecorder(
        IOptions<UsageOptions> options, IOptions<PortalOptions> portal, CredentialFailureCounter failures, ILogger<UsageRecorder> logger)
    {
        _options = options.Value;
        _portal = portal.Value;
        _failures = failures;
        _logger = logger;
        _pool = new PendingRecord.Pool();
        _limits = new LimitReader.Pool(_portal);
        _checkpointer = new IntakeCheckpointer(_portal.IntakePath, logger);
    }

    /// <summary>Raised after a commit, on the thread that made it.</summary>
    internal event Action? Committed;

    /// <summary>Id of the newest committed batch.</summary>
    internal long Newest => Volatile.Read(ref _newest);

    /// <summary>Commits so far.</summary>
    internal int Batches => Volatile.Read(ref _batches);

    /// <summary>Completes when the record is committed to disk. Fails with <see cref="UsageUnavailableException"/> if it cannot be.</summary>
    public ValueTask RecordAsync(in RequestRecord record)
    {
        if (Interlocked.Increment(ref _waiting) > _options.MaxWaiting || _stopping)
        {
            Interlocked.Decrement(ref _waiting);
            return ValueTask.FromException(new UsageUnavailableException("Too many requests are waiting to be recorded."));
        }

        var pending = _pool.Rent();
        pending.Set(in record);
        var result = pending.Task;
        PendingRecord? top;
        do
        {
            pending.Next = top = Volatile.Read(ref _incoming);
        }
        while (Interlocked.CompareExchange(ref _incoming, pending, top) != top);

        QueueCommit();
        return result;
    }

    /// <summary>Counts a missing, malformed or unknown credential; costs no disk.</summary>
    public void CountFailure(string code, IPAddress? address) => _failures.Count(code, address);

    /// <summary>What a key has used of its limits, from the recorded requests, committed but not yet moved ones included.</summary>
    /// <exception cref="UsageUnavailableException">The databases cannot be read.</exception>
    public ValueTask<LimitUse> LoadLimitUseAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_limits.Read(keyId, now));
    }

    /// <summary>The mover has this batch and all before it; the next commits delete them.</summary>
    internal void ReleaseThrough(long batchId) => Volatile.Write(ref _moved, batchId);

    internal void Start()
    {
        TryOpen();
        _checkpointer.Start();
    }

    /// <summary>Commits what is waiting and takes no more.</summary>
    internal void Stop()
    {
        // Who comes second waits until the first is done, and only then disposes what the thread uses.
        lock (_stop)
        {
            if (_stopping)
            {
                return;
            }

            // Nobody is let in any more; who was is on the way to the disk.
            _stopping = true;
            // Or a request that did not see it yet could go unseen itself.
            Interlocked.MemoryBarrier();
            SpinWait.SpinUntil(() => Volatile.Read(ref _waiting) == 0);
            _checkpointer.Stop();
        }
    }

    public void Dispose()
    {
        Stop();
        _checkpointer.Dispose();
        _limits.Dispose();
        lock (_writing)
        {
            _file?.Dispose();
        }
    }

    private void QueueCommit()
    {
        if (Volatile.Read(ref _queued) == 0 && Interlocked.Exchange(ref _queued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>True at the first look and while more have come since the last one: the more a commit takes with it, the less it costs each of them.</summary>
    /// <remarks>Only the one queued commit looks, so that its two fields need no lock.</remarks>
    private bool MoreMayCome()
    {
        var waiting = Volatile.Read(ref _waiting);
        if (waiting > _seen && waiting < MaxBatchRecords && _deferrals < MaxDeferrals)
        {
            (_seen, _deferrals) = (waiting, _deferrals + 1);
            return true;
        }

        (_seen, _deferrals) = (0, 0);
        return false;
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (MoreMayCome())
        {
            // Not for a request alone, which would wait for whatever else this machine does.
            if (_seen > 1)
            {
                Thread.Yield();
            }

            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        PendingRecord? batch = null;
        Exception? failure = null;
        var more = false;
        lock (_writing)
        {
            if (_rest is null && Interlocked.Exchange(ref _incoming, null) is { } newestFirst)
            {
                _rest = PendingRecord.OldestFirst(newestFirst);
            }

            if (_rest is not null)
            {
                batch = _rest;
                failure = WriteBatch();
                more = _rest is not null;
            }
        }

        // Whoever pushes after this queues the next commit; whoever pushed before is seen by the look that follows.
        Interlocked.Exchange(ref _queued, 0);
        if (more || Volatile.Read(ref _incoming) is not null)
        {
            QueueCommit();
        }

        if (batch is not null)
        {
            batch.CompleteAll(failure);
            if (failure is null)
            {
                Committed?.Invoke();
            }
        }
    }

    /// <summary>Commits up to <see cref="MaxBatchRecords"/> of what is left of the chain.</summary>
    private Exception? WriteBatch()
    {
        var length = 0;
        var count = 0;
        _batch[length++] = RequestRecordFormat.Version;
        var last = _rest!;
        for (var pending = _rest; pending is not null && count < MaxBatchRecords; pending = pending.Next)
        {
            length += pending.CopyTo(ref _batch, length);
            last = pending;
            count++;
        }

        (_rest, last.Next) = (last.Next, null);
        var failure = Commit(_batch.AsSpan(0, length));
        Interlocked.Add(ref _waiting, -count);
        return failure;
    }

    /// <summary>Null, or why the batch is not on disk. The connection is then given up, and with it whatever the failed commit left behind.</summary>
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

    private void TryOpen()
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
    }

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

/// <summary>The record of a request could not be committed; the answer to the caller is 503.</summary>
public sealed class UsageUnavailableException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);
