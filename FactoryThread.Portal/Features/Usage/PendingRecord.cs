using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>A request that waits for its commit: its encoded record and the task it awaits. Used again and again.</summary>
internal sealed class PendingRecord : IValueTaskSource
{
    private readonly Pool _pool;
    private ManualResetValueTaskSourceCore<bool> _core;
    private byte[] _bytes = new byte[512];
    private int _length;

    private PendingRecord(Pool pool) => _pool = pool;

    /// <summary>The next in the chain, towards older records in the stack and towards newer ones in a batch.</summary>
    public PendingRecord? Next { get; set; }

    public ValueTask Task => new(this, _core.Version);

    public void Set(in RequestRecord record) => _length = RequestRecordFormat.Write(in record, ref _bytes);

    /// <summary>Turns a chain round.</summary>
    public static PendingRecord OldestFirst(PendingRecord newestFirst)
    {
        PendingRecord? newer = null;
        for (var current = newestFirst; ;)
        {
            var older = current.Next;
            current.Next = newer;
            if (older is null)
            {
                return current;
            }

            (newer, current) = (current, older);
        }
    }

    /// <summary>Appends the record to a batch, which is replaced by a larger one if it has to be.</summary>
    public int CopyTo(ref byte[] batch, int at)
    {
        if (batch.Length - at < _length)
        {
            Array.Resize(ref batch, Math.Max(batch.Length * 2, at + _length));
        }

        _bytes.AsSpan(0, _length).CopyTo(batch.AsSpan(at));
        return _length;
    }

    /// <summary>Finishes this and all that follow it in the chain, on this thread.</summary>
    public void CompleteAll(Exception? failure)
    {
        for (var current = this; current is not null;)
        {
            // Once its result is set, the object may already serve another request.
            var next = current.Next;
            current.Next = null;
            if (failure is null)
            {
                current._core.SetResult(true);
            }
            else
            {
                current._core.SetException(new UsageUnavailableException("The request could not be recorded.", failure));
            }

            current = next;
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The record is not committed yet; await it.");
        }

        try
        {
            _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _pool.Return(this);
        }
    }

    /// <summary>Records that wait for nothing at the moment; never more than have waited at once.</summary>
    public sealed class Pool
    {
        private readonly ConcurrentQueue<PendingRecord> _free = new();

        public PendingRecord Rent() => _free.TryDequeue(out var pending) ? pending : new PendingRecord(this);

        public void Return(PendingRecord pending) => _free.Enqueue(pending);
    }
}
