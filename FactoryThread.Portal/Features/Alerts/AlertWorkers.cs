using FactoryThread.Portal.Features.Alerts.Delivery;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>Lets the evaluator look every minute. The pace is the machine's, not the clock's that it judges by.</summary>
internal sealed partial class EvaluationWorker(AlertEvaluator evaluator, ILogger<EvaluationWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var failing = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    // It reads the database without pause.
                    await Task.Run(() => evaluator.RunAsync(stoppingToken), stoppingToken);
                    failing = false;
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // What it did not look at, it looks at the next time; the log says it once.
                    if (!failing)
                    {
                        Log.NotEvaluated(logger, exception);
                    }

                    failing = true;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Alerts could not be evaluated; it is tried again every minute.")]
        public static partial void NotEvaluated(ILogger logger, Exception exception);
    }
}

/// <summary>Delivers what waits in the outbox, as soon as it is written and when a retry is due.</summary>
internal sealed partial class DeliveryWorker(AlertDispatcher dispatcher, AlertOutbox outbox, ILogger<DeliveryWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private const int RoundsPerPrune = 720;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failing = false;
        for (var round = 1; !stoppingToken.IsCancellationRequested; round++)
        {
            try
            {
                await outbox.WaitAsync(Interval, stoppingToken);
                await dispatcher.DeliverDueAsync(stoppingToken);
                if (round % RoundsPerPrune == 0)
                {
                    await dispatcher.PruneAsync(stoppingToken);
                }

                failing = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                if (!failing)
                {
                    failing = true;
                    Log.NotDelivered(logger, exception);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The outbox of alerts cannot be worked on; its messages wait, and it is tried again.")]
        public static partial void NotDelivered(ILogger logger, Exception exception);
    }
}
