namespace FactoryThread.Portal.Features.Usage;

/// <summary>
/// Starts the recorder before the server accepts, and stops it after the last answer: what waits is committed, what is committed is
/// moved, what was counted is written.
/// </summary>
internal sealed class UsageLifetime(UsageRecorder recorder, UsageMover mover, CredentialFailureCounter failures) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        recorder.Start();
        mover.Start();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        recorder.Stop();
        mover.Stop();
        failures.Flush();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Task.Run(failures.Flush, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }
}
