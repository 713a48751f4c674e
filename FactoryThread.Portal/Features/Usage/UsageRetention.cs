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
    /// <returns>The number of log rows removed.</returns>
    public async Task<long> RemoveAsync(CancellationToken cancellationToken)
    {
        var cutoff = time.GetUtcNow().AddDays(-options.Value.Retention.Days).ToUnixTimeMilliseconds();
        LongestSlice = TimeSpan.Zero;
        using var database = NativeDatabase.Open(portal.Value.DatabasePath, Sqlite.BusySeconds * 1000);
        database.Execute(Sqlite.ConnectionPragmas.Sql);

        // Ids ascend with time and have no gaps, so both limits become a range of ids.
        using var newest = database.Prepare("SELECT ifnull(max(Id), 0) FROM RequestLog");
        using var logRows = database.Prepare("""
            DELETE FROM RequestLog WHERE Id IN (
                SELECT Id FROM (SELECT Id, At FROM RequestLog ORDER BY Id LIMIT ?1) WHERE Id <= ?2 OR At < ?3)
            """);
        using var failureRows = database.Prepare("""
            DELETE FROM CredentialFailures WHERE rowid IN (SELECT rowid FROM CredentialFailures WHERE Minute < ?2 LIMIT ?1)
            """);
        logRows.Bind(2, newest.Scalar() - options.Value.Retention.Rows).Bind(3, cutoff);
        failureRows.Bind(2, cutoff);
        var removed = await RemoveAsync(database, logRows, cancellationToken);
        await RemoveAsync(database, failureRows, cancellationToken);
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

    /// <param name="delete">Its first parameter is the number of rows to look at; the others are bound.</param>
    private async Task<long> RemoveAsync(NativeDatabase database, NativeStatement delete, CancellationToken cancellationToken)
    {
        var total = 0L;
        var slice = FirstSlice;
        while (true)
        {
            var started = Stopwatch.GetTimestamp();
            delete.Bind(1, slice).Run();
            var took = Stopwatch.GetElapsedTime(started);
            var removed = database.Changes;
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
        [LoggerMessage(1, LogLevel.Information, "Retention removed {Rows} rows of the request log.")]
        public static partial void Removed(ILogger logger, long rows);

        [LoggerMessage(2, LogLevel.Error, "Retention could not remove old rows; it is tried again within a minute.")]
        public static partial void NotRemoved(ILogger logger, Exception exception);
    }
}
