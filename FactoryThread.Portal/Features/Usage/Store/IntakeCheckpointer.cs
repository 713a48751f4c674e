using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Copies the intake's WAL into its file on a thread of its own, so that no commit waits for the disk.</summary>
internal sealed partial class IntakeCheckpointer(string path, ILogger logger) : IDisposable
{
    /// <summary>The WAL is copied each time it has grown by this much.</summary>
    private const long Step = 4 * 1024 * 1024;

    private readonly SemaphoreSlim _wake = new(0, 1);
    private Thread? _thread;
    private long _next = Step;
    private readonly Lock _stop = new();
    private volatile bool _stopping;

    public void Start()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "usage-checkpoint" };
        _thread.Start();
    }

    /// <summary>Called by the writer now and then with the bytes of the WAL.</summary>
    public void WalIs(long length)
    {
        if (length < _next - Step)
        {
            // It has started anew.
            _next = Step;
        }

        if (length >= _next && _wake.CurrentCount == 0)
        {
            _next = length + Step;
            _wake.Release();
        }
    }

    public void Stop()
    {
        // Who comes second waits until the first is done, and only then disposes what the thread uses.
        lock (_stop)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            if (_thread is { IsAlive: true })
            {
                if (_wake.CurrentCount == 0)
                {
                    _wake.Release();
                }

                _thread.Join();
            }
        }
    }

    public void Dispose()
    {
        Stop();
        _wake.Dispose();
    }

    private void Work()
    {
        NativeDatabase? intake = null;
        while (true)
        {
            _wake.Wait();
            if (_stopping)
            {
                break;
            }

            try
            {
                intake ??= IntakeFile.Connect(path);
                intake.CheckpointPassive();
            }
            catch (SqliteException exception)
            {
                // The writer notices for itself when the disk is full; what is left here is done at the next step.
                Log.NotCheckpointed(logger, exception);
                intake?.Dispose();
                intake = null;
            }
        }

        intake?.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning, "The WAL of intake.db could not be copied into the file; it is tried again when it has grown.")]
        public static partial void NotCheckpointed(ILogger logger, Exception exception);
    }
}
