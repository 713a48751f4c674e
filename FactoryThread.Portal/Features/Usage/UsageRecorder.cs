using System.Net;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
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
public sealed class UsageRecorder : IThreadPoolWorkItem, IDisposable
{
    /// <summary>Times a commit lets others go first, at most. With three a batch is about twice as large; with more the processors begin to idle.</summary>
    private const int MaxDeferrals = 3;

    private readonly UsageOptions _options;
    private readonly CredentialFailureCounter _failures;
    private readonly PendingRecord.Pool _pool = new();
    private readonly LimitReader.Pool _limits;
    private readonly IntakeWriter _writer;
    private readonly Lock _writing = new();
    private readonly Lock _stop = new();
    private PendingRecord? _incoming;
    private PendingRecord? _rest;
    private int _waiting;
    private int _queued;
    private int _deferrals;
    private int _seen;
    private volatile bool _stopping;

    public UsageRecorder(
        IOptions<UsageOptions> options, IOptions<PortalOptions> portal, CredentialFailureCounter failures, ILogger<UsageRecorder> logger)
    {
        _options = options.Value;
        _failures = failures;
        _limits = new LimitReader.Pool(portal.Value);
        _writer = new IntakeWriter(_options, portal.Value, logger);
    }

    /// <summary>Raised after a commit, on the thread that made it.</summary>
    internal event Action? Committed;

    /// <summary>Id of the newest committed batch.</summary>
    internal long Newest => _writer.Newest;

    /// <summary>Commits so far.</summary>
    internal int Batches => _writer.Batches;

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
    public LimitUse LoadLimitUse(string keyId, DateTimeOffset now) => _limits.Read(keyId, now);

    /// <summary>The mover has this batch and all before it; the next commits delete them.</summary>
    internal void ReleaseThrough(long batchId) => _writer.ReleaseThrough(batchId);

    internal void Start() => _writer.Start();

    /// <summary>Commits what is waiting and takes no more.</summary>
    internal void Stop()
    {
        // Who comes second waits until the first is done, and only then disposes what a commit uses.
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
            _writer.Stop();
        }
    }

    public void Dispose()
    {
        Stop();
        _limits.Dispose();
        lock (_writing)
        {
            _writer.Dispose();
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
        if (waiting > _seen && waiting < IntakeWriter.MaxRecords && _deferrals < MaxDeferrals)
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
                failure = _writer.Write(batch, out var count, out _rest);
                Interlocked.Add(ref _waiting, -count);
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
}

/// <summary>The record of a request could not be committed; the answer to the caller is 503.</summary>
public sealed class UsageUnavailableException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);
