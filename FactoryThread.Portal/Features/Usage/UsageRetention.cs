using System.Diagnostics;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Removes what the log may no longer hold, oldest first, in slices so short that nobody notices.</summary>
public sealed partial class UsageRetention(
    IOptions<UsageOptions> options, IOptions<PortalOptions> portal, TimeProvider time, ILogger<UsageRetention> logger) : BackgroundService
{
    /// <summary>What a slice should take; a slice that took longer is followed by smaller ones.</summary>
    private static readonly TimeSpan Goal = TimeSpan.FromMilliseconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private const int FirstSlice = 200;
    private const int LargestSlice = 5000;

    /// <summary>The longest slice of the latest run.</summary>
    internal TimeSpan LongestSlice { get; private set; }

    /// <summary>Removes everything that is due now.</summary>
    /// <returns>The number of requests removed from the log.</returns>
    public async Task<long> RemoveAsync(CancellationToken cancellationToken)
    {
        var cutoff = time.GetUtcNow().AddDays(-options.Value.Retention.Days).ToUnixTimeMilliseconds();
        LongestSlice = TimeSpan.Zero;
        using var database = NativeDatabase.Open(portal.Value.DatabasePath, Sqlite.BusySeconds * 1000);
        database.Execute(Sqlite.ConnectionPragmas.Sql);

        // Ids ascend with time and have no gaps, so both limits become a range of ids. A segment goes when its last request may.
        using var newest = database.Prepare("SELECT LogId FROM IntakeWatermark WHERE Id = 1");
        using var segments = database.Prepare("""
            DELETE FROM RequestSegments WHERE Id IN (
                SELECT Id FROM (SELECT Id, Rows, Minute FROM RequestSegments ORDER BY Id LIMIT ?1) WHERE Id + Rows - 1 <= ?2 OR (Minute + 1) * 60000 <= ?3)
            RETURNING Rows
            """);
        using var executions = database.Prepare("""
            DELETE FROM Executions WHERE Id IN (
                SELECT Id FROM (SELECT Id, At FROM Executions ORDER BY Id LIMIT ?1) WHERE Id <= (SELECT max(Id) FROM Executions) - ?2 OR At < ?3)
            RETURNING 1
            """);
        using var failureRows = database.Prepare("""
            DELETE FROM CredentialFailures WHERE rowid IN (SELECT rowid FROM CredentialFailures WHERE Minute < ?2 LIMIT ?1)
            RETURNING 1
            """);
        segments.Bind(2, newest.Scalar() - options.Value.Retention.Rows).Bind(3, cutoff);
        executions.Bind(2, options.Value.Retention.Rows).Bind(3, cutoff);
        failureRows.Bind(2, cutoff);
        var removed = await RemoveAsync(segments, cancellationToken);
        await RemoveAsync(executions, cancellationToken);
        await RemoveAsync(failureRows, cancellationToken);
        if (removed > 0)
        {
            Log.Removed(logger, removed);
        }

        return removed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
            {
                try
                {
                    await RemoveAsync(stoppingToken);
                }
                catch (SqliteException exception)
                {
                    Log.NotRemoved(logger, exception);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <param name="delete">Its first parameter is the number of rows to look at; the others are bound. It returns how many requests each row stands for.</param>
    private async Task<long> RemoveAsync(NativeStatement delete, CancellationToken cancellationToken)
    {
        var total = 0L;
        var slice = FirstSlice;
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            var removed = 0L;
            delete.Bind(1, slice);
            while (delete.Step())
            {
                removed += delete.Int64(0);
            }

            var took = Stopwatch.GetElapsedTime(started);
            total += removed;
            LongestSlice = took > LongestSlice ? took : LongestSlice;
            if (removed == 0)
            {
                return total;
            }

            slice = took > Goal ? Math.Max(slice / 2, 10) : took < Goal / 2 ? Math.Min(slice * 2, LargestSlice) : slice;
            await Task.Delay(TimeSpan.FromMilliseconds(1) + took, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Retention removed {Rows} requests from the log.")]
        public static partial void Removed(ILogger logger, long rows);

        [LoggerMessage(2, LogLevel.Error, "Retention could not remove old rows; it is tried again within a minute.")]
        public static partial void NotRemoved(ILogger logger, Exception exception);
    }
}
