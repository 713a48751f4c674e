namespace FactoryThread.Portal.Platform;

/// <summary>Changes to very many rows, in short transactions with pauses as long as each took: nobody else can write during one.</summary>
internal static class Piecewise
{
    /// <param name="piece">One transaction; tells whether more is left to do.</param>
    /// <param name="stop">Taken notice of after each piece, the last one too. What is done by then stays done.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task RunAsync(Func<Task<bool>> piece, TimeProvider clock, CancellationToken stop)
    {
        for (var more = true; more;)
        {
            var started = clock.GetTimestamp();
            more = await piece();
            await Task.Delay(clock.GetElapsedTime(started), clock, stop);
        }
    }
}
