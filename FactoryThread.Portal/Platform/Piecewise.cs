namespace FactoryThread.Portal.Platform;

/// <summary>Changes to as many rows as there are, in short transactions: nobody else can write during one.</summary>
internal static class Piecewise
{
    /// <summary>Goes on until a piece says that nothing is left, with pauses as long as the pieces took.</summary>
    /// <param name="piece">One transaction; tells whether more is left to do.</param>
    /// <param name="stop">Taken notice of between two pieces. What is done by then stays done.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task RunAsync(Func<Task<bool>> piece, TimeProvider clock, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        while (await piece())
        {
            await Task.Delay(clock.GetElapsedTime(started), clock, stop);
            started = clock.GetTimestamp();
        }
    }
}
