using System.Collections.Concurrent;
using System.Diagnostics;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>What callers were answered, to be held against what the portal recorded.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, (int Status, string Code)> _answers = new(StringComparer.Ordinal);
    private int _sent;

    /// <summary>Requests that were sent, answered or not.</summary>
    public int Sent => _sent;

    public int Answered => _answers.Count;

    public int Count(string code) => _answers.Values.Count(a => a.Code == code);

    /// <summary>Sends it and notes the answer; null if the server was gone before it had answered.</summary>
    public async Task<Answer?> CallAsync(Func<Task<Answer>> call)
    {
        Interlocked.Increment(ref _sent);
        Answer answer;
        try
        {
            answer = await call();
        }
        catch (Exception exception) when (ServerProcess.IsBrokenOff(exception))
        {
            return null;
        }

        var code = answer.Json.TryGetProperty("code", out var word) ? word.GetString()! : "valid_key";
        Assert.True(_answers.TryAdd(answer.Header("X-Request-Id")!, ((int)answer.Status, code)), "Two requests had the same id.");
        return answer;
    }

    /// <summary>Every answered request is in the log once, as it was answered; one answered 503 never counts as let through.</summary>
    public async Task AssertRecordedAsync(DataDirectory data)
    {
        await data.AwaitMovedAsync();
        var rows = data.Log();
        Assert.Equal(rows.Count, rows.Select(r => r.RequestId).Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(rows.Count, _answers.Count(a => a.Value.Status != 503), Sent);
        var recorded = rows.ToDictionary(r => r.RequestId, StringComparer.Ordinal);
        foreach (var (id, (status, code)) in _answers)
        {
            if (status != 503)
            {
                Assert.True(recorded.TryGetValue(id, out var row), $"{id} was answered {status} {code} and is not in the log.");
                Assert.Equal((status, code), (row.Status, row.Code));
            }
            else if (recorded.TryGetValue(id, out var row))
            {
                Assert.True(row is { Status: 503, Counted: false }, $"{id} was answered 503 and is in the log as {row}.");
            }
        }

        Assert.Equal(rows.Count, UsageRig.Number(data.Portal, "SELECT ifnull(sum(Count), 0) FROM UsageHour"));
    }
}

/// <param name="Counted">It counted against the key's limits.</param>
/// <param name="At">UTC milliseconds since 1970.</param>
internal readonly record struct LogRow(string RequestId, string KeyId, string Code, int Status, bool Counted, long At);

/// <summary>The files, read by somebody else.</summary>
internal static class DataReading
{
    /// <summary>Waits until the running server has moved all that is committed.</summary>
    public static async Task AwaitMovedAsync(this DataDirectory data)
    {
        var patience = Stopwatch.StartNew();
        while (UsageRig.Number(data.Portal, "SELECT BatchId FROM IntakeWatermark") < UsageRig.Number(data.Intake, "SELECT ifnull(max(Id), 0) FROM Intake"))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), "The recorded requests were not moved into portal.db.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public static List<LogRow> Log(this DataDirectory data)
    {
        return LogFile.Read(data.Portal).ConvertAll(e => new LogRow(e.RequestId!, e.KeyId, e.Code, e.Status, e.Counted, e.At.ToUnixTimeMilliseconds()));
    }

    public static void AssertSound(this DataDirectory data)
    {
        foreach (var path in new[] { data.Intake, data.Portal })
        {
            using var connection = UsageRig.Open(path);
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            Assert.Equal("ok", command.ExecuteScalar());
            command.CommandText = "PRAGMA foreign_key_check";
            using var violations = command.ExecuteReader();
            Assert.False(violations.Read(), $"{path} breaks a foreign key.");
        }
    }

    /// <summary>Takes the file's write lock and keeps it until disposed.</summary>
    public static SqliteConnection Lock(string path)
    {
        var connection = UsageRig.Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        return connection;
    }
}
