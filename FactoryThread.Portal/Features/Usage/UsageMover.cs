using System.Diagnostics;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>
/// Moves committed batches from <c>intake.db</c> into the log and the hourly counts of <c>portal.db</c>, each exactly once: the rows, the
/// counts and the watermark are one transaction, and only what lies below the watermark is deleted from the intake.
/// </summary>
public sealed partial class UsageMover(UsageRecorder recorder, IOptions<PortalOptions> options, ILogger<UsageMover> logger) : IDisposable
{
    /// <summary>How long new batches may gather before they are moved, unless somebody waits for them.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait of <see cref="CatchUpAsync"/>.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ManualResetEventSlim _work = new(false);
    private readonly ManualResetEventSlim _hurry = new(false);
    private readonly Lock _gate = new();
    private readonly List<(long BatchId, TaskCompletionSource Done)> _waiting = [];
    private Thread? _thread;
    private IntakeMove? _move;
    private volatile bool _stopping;
    private bool _failing;
    private long _moved;

    /// <summary>Id of the newest batch that is in <c>portal.db</c>.</summary>
    internal long Moved => Volatile.Read(ref _moved);

    /// <summary>Called within the transaction's slice after its commit; tests break off here.</summary>
    internal Action? AfterCommit { get; set; }

    /// <summary>
    /// Waits until everything answered before this call is in <c>portal.db</c>, so that reports read one file only: adding the intake's
    /// batches to every query would double each of them, and a call still shows up the moment it was answered.
    /// </summary>
    /// <returns>False if that took too long (the database is locked, or the backlog is large): the report is then a little behind.</returns>
    public async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        var target = recorder.Newest;
        if (Moved >= target)
        {
            return true;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (Moved >= target)
            {
                return true;
            }

            _waiting.Add((target, done));
        }

        _hurry.Set();
        _work.Set();
        try
        {
            await done.Task.WaitAsync(Patience, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_gate)
            {
                _waiting.RemoveAll(w => w.Done == done);
            }
        }
    }

    internal void Start()
    {
        recorder.Committed += _work.Set;
        _work.Set();
        _thread = new Thread(Work) { IsBackground = true, Name = "usage-mover" };
        _thread.Start();
    }

    /// <summary>Moves what is left, unless the database does not let it; the next start then does.</summary>
    internal void Stop()
    {
        if (!_stopping)
        {
            recorder.Committed -= _work.Set;
            _stopping = true;
            _hurry.Set();
            _work.Set();
        }

        // Whoever comes second waits too, or it would dispose of what the thread still uses.
        if (_thread is { IsAlive: true })
        {
            _thread.Join();
        }
    }

    public void Dispose()
    {
        Stop();
        _move?.Dispose();
        _work.Dispose();
        _hurry.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            if (!_stopping)
            {
                _work.Wait();
            }

            var last = _stopping;
            if (!last)
            {
                // A few hundred batches at once cost far less than each on its own.
                _hurry.Wait(Pause);
            }

            _work.Reset();
            _hurry.Reset();
            var moved = TryMoveAll();
            if (last)
            {
                return;
            }

            if (!moved)
            {
                Thread.Sleep(RetryPause);
                _work.Set();
            }
        }
    }

    private bool TryMoveAll()
    {
        try
        {
            _move ??= new IntakeMove(options.Value);
            Publish(_move.Watermark);

            // What comes meanwhile waits for the next time: moved by the handful, it would cost many times as much.
            var target = recorder.Newest;
            var started = Stopwatch.GetTimestamp();
            while (_move.Next())
            {
                AfterCommit?.Invoke();
                Publish(_move.Watermark);
                if (_move.SkippedBatch is { } skipped)
                {
                    Log.Unreadable(logger, skipped);
                }

                if (_move.Watermark >= target)
                {
                    break;
                }

                // Whoever waits for portal.db's lock looks again only now and then; leave gaps in which it finds it free.
                var worked = Stopwatch.GetElapsedTime(started);
                Thread.Sleep(TimeSpan.FromMilliseconds(1) + worked / 2);
                started = Stopwatch.GetTimestamp();
            }

            _failing = false;
            return true;
        }
        catch (Exception exception)
        {
            // The batches are safe where they are. Whatever it was, it is tried again on new connections.
            if (!_failing)
            {
                _failing = true;
                Log.NotMoved(logger, exception);
            }

            _move?.Dispose();
            _move = null;
            return false;
        }
    }

    private void Publish(long watermark)
    {
        recorder.ReleaseThrough(watermark);
        lock (_gate)
        {
            Volatile.Write(ref _moved, watermark);
            _waiting.ForEach(w =>
            {
                if (w.BatchId <= watermark)
                {
                    w.Done.TrySetResult();
                }
            });
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Recorded requests cannot be moved into portal.db; they are safe in intake.db, and it is tried again until it works.")]
        public static partial void NotMoved(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "Batch {BatchId} of intake.db is damaged and was passed over.")]
        public static partial void Unreadable(ILogger logger, long batchId);
    }
}
