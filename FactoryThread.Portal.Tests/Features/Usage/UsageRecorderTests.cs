using System.Net;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class UsageRecorderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_is_in_the_file_when_the_call_returns()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);

        await rig.Recorder.RecordAsync(rig.Record());

        Assert.Equal(1, RecordsIn(rig.Intake));
    }

    [Fact]
    public async Task Every_field_arrives_in_the_log()
    {
        await using var rig = await UsageRig.StartAsync();
        var record = rig.Record(outcome: Outcome.Failed) with
        {
            UserAgent = "größer 文 🙂",
            ExecutionId = "exe_1",
            Error = new string('e', 2000),
            Test = true,
            Address = null,
        };

        await rig.Recorder.RecordAsync(record);
        await rig.Recorder.RecordAsync(rig.Record(flow: null) with { UserAgent = "" });
        await rig.CatchUpAsync();

        var rows = LogFile.Read(rig.Portal);
        var first = rows[0];
        Assert.Equal((record.At, record.KeyId, 7L, "abc123", record.Route, Outcome.Failed, "flow_failed", 502, 1500L),
            (first.At.ToUnixTimeMilliseconds(), first.KeyId, first.SecretId, first.FlowId, first.Route, first.Outcome, first.Code, first.Status, first.DurationMicros));
        Assert.Equal((null, "größer 文 🙂", "0HN7", "exe_1", true, true), (first.Address, first.UserAgent, first.RequestId, first.ExecutionId, first.Counted, first.Test));
        Assert.Equal(1000, first.Error!.Length);
        Assert.Equal((null, null, null, false), (rows[1].FlowId, rows[1].UserAgent, rows[1].ExecutionId, rows[1].Test));
        Assert.Equal([1, 2], rows.Select(r => r.Id));
    }

    [Fact]
    public async Task Many_requests_at_once_share_few_commits_and_none_is_lost()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);

        await Parallel.ForEachAsync(Enumerable.Range(0, 64), Cancel, async (_, _) =>
        {
            var inFlight = new List<Task>();
            for (var i = 0; i < 100; i++)
            {
                inFlight.Add(rig.Recorder.RecordAsync(rig.Record()).AsTask());
            }

            await Task.WhenAll(inFlight);
        });

        Assert.Equal(6400, RecordsIn(rig.Intake));
        Assert.InRange(rig.Recorder.Batches, 1, 1600);
    }

    [Fact]
    public async Task Requests_one_after_the_other_are_each_committed_before_their_answer()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);

        for (var i = 1; i <= 20; i++)
        {
            await rig.Recorder.RecordAsync(rig.Record());
            Assert.Equal((i, i), (RecordsIn(rig.Intake), rig.Recorder.Batches));
        }
    }

    [Fact]
    public async Task Requests_beyond_the_cap_are_refused_at_once_while_the_intake_is_locked()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:MaxWaiting"] = "3" }, mover: false);
        using var shell = UsageRig.Open(rig.Intake);
        using var begin = shell.CreateCommand();
        begin.CommandText = "BEGIN EXCLUSIVE";
        begin.ExecuteNonQuery();
        var waiting = Enumerable.Range(0, 3).Select(_ => rig.Recorder.RecordAsync(rig.Record()).AsTask()).ToList();

        var beyond = rig.Recorder.RecordAsync(rig.Record()).AsTask();

        Assert.True(beyond.IsFaulted);
        await Assert.ThrowsAsync<UsageUnavailableException>(() => beyond);
        foreach (var task in waiting)
        {
            await Assert.ThrowsAsync<UsageUnavailableException>(() => task);
        }

        begin.CommandText = "ROLLBACK";
        begin.ExecuteNonQuery();
        await rig.Recorder.RecordAsync(rig.Record());
        Assert.Equal(1, RecordsIn(rig.Intake));
    }

    [Fact]
    public async Task More_than_fit_into_a_batch_are_committed_in_several_in_their_order()
    {
        const int many = 5000;
        await using var rig = await UsageRig.StartAsync(mover: false);
        using var shell = UsageRig.Open(rig.Intake);
        using var hold = shell.CreateCommand();
        hold.CommandText = "BEGIN EXCLUSIVE";
        hold.ExecuteNonQuery();
        var waiting = Enumerable.Range(0, many).Select(i => rig.Recorder.RecordAsync(rig.Record() with { Status = i }).AsTask()).ToList();
        hold.CommandText = "ROLLBACK";
        hold.ExecuteNonQuery();

        // A machine that stalls for longer than a commit waits for the lock refuses the first ones.
        await Task.WhenAny(Task.WhenAll(waiting));

        var batches = StatusesIn(rig.Intake);
        var recorded = Enumerable.Range(0, many).Where(i => waiting[i].IsCompletedSuccessfully).ToList();
        Assert.True(recorded.Count > IntakeWriter.MaxRecords, $"only {recorded.Count} were recorded");
        Assert.Equal(recorded, batches.SelectMany(statuses => statuses));
        Assert.All(batches, statuses => Assert.InRange(statuses.Count, 1, IntakeWriter.MaxRecords));
    }

    [Fact]
    public async Task A_full_disk_fails_the_waiting_requests_leaves_no_row_behind_and_is_recovered_from()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:MaxIntakeMegabytes"] = "1" }, mover: false);
        var large = rig.Record() with { Error = new string('x', 1000) };
        var recorded = 0;
        UsageUnavailableException? failure = null;
        while (failure is null)
        {
            try
            {
                await rig.Recorder.RecordAsync(large);
                recorded++;
            }
            catch (UsageUnavailableException exception)
            {
                failure = exception;
            }
        }

        Assert.Contains("full", failure.InnerException!.Message, StringComparison.Ordinal);
        Assert.Equal(recorded, RecordsIn(rig.Intake));

        UsageRig.Execute(rig.Intake, "DELETE FROM Intake WHERE Id < (SELECT max(Id) FROM Intake)");
        await rig.Recorder.RecordAsync(large);
        Assert.Equal(2, RecordsIn(rig.Intake));
    }

    [Fact]
    public async Task A_file_that_refuses_a_row_fails_exactly_that_request()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);
        await rig.Recorder.RecordAsync(rig.Record());
        UsageRig.Execute(rig.Intake, "CREATE TRIGGER refuse BEFORE INSERT ON Intake BEGIN SELECT RAISE(ABORT, 'read-only'); END");

        await Assert.ThrowsAsync<UsageUnavailableException>(() => rig.Recorder.RecordAsync(rig.Record()).AsTask());

        UsageRig.Execute(rig.Intake, "DROP TRIGGER refuse");
        await rig.Recorder.RecordAsync(rig.Record());
        Assert.Equal(2, RecordsIn(rig.Intake));
        Assert.Equal(2, UsageRig.Number(rig.Intake, "SELECT max(Id) FROM Intake"));
    }

    [Fact]
    public async Task Stopping_commits_and_moves_everything()
    {
        await using var rig = await UsageRig.StartAsync();
        var tasks = Enumerable.Range(0, 500).Select(_ => rig.Recorder.RecordAsync(rig.Record()).AsTask()).ToList();
        rig.Recorder.CountFailure("unknown_key", IPAddress.Loopback);

        await rig.StopAsync();
        await Task.WhenAll(tasks);

        Assert.Equal(500, LogFile.Count(rig.Portal));
        Assert.Equal(1, UsageRig.Number(rig.Portal, "SELECT Count FROM CredentialFailures"));
        await Assert.ThrowsAsync<UsageUnavailableException>(() => rig.Recorder.RecordAsync(rig.Record()).AsTask());
    }

    [Fact]
    public async Task A_lost_intake_file_does_not_hide_new_batches_below_the_old_watermark()
    {
        var directory = Directory.CreateTempSubdirectory("usage-test-").FullName;
        await using (var before = await UsageRig.StartAsync(dataDirectory: directory))
        {
            for (var i = 0; i < 5; i++)
            {
                await before.Recorder.RecordAsync(before.Record());
            }

            await before.CatchUpAsync();
        }

        File.Delete(Path.Combine(directory, "intake.db"));
        await using (var after = await UsageRig.StartAsync(dataDirectory: directory))
        {
            await after.Recorder.RecordAsync(after.Record());
            await after.CatchUpAsync();

            Assert.Equal(6, LogFile.Count(after.Portal));
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2012", Justification = "Waits as a caller does, without the allocations of a test's own task.")]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "xUnit1031", Justification = "The measured thread must stay the same.")]
    public async Task Recording_allocates_nothing_once_warm()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);
        var record = rig.Record();
        var recorder = rig.Recorder;
        Allocated(100);

        Assert.Equal(0, Allocated(1000));

        long Allocated(int calls)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < calls; i++)
            {
                var pending = recorder.RecordAsync(record).GetAwaiter();
                while (!pending.IsCompleted)
                {
                    Thread.Yield();
                }

                pending.GetResult();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static int RecordsIn(string intake) => StatusesIn(intake).Sum(statuses => statuses.Count);

    /// <summary>The statuses of the records, batch by batch.</summary>
    private static List<List<int>> StatusesIn(string intake)
    {
        using var connection = UsageRig.Open(intake);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Records FROM Intake ORDER BY Id";
        using var rows = command.ExecuteReader();
        var batches = new List<List<int>>();
        while (rows.Read())
        {
            var batch = new List<int>();
            var reader = new RequestRecordFormat.Reader((byte[])rows[0]);
            while (reader.TryRead(out var entry))
            {
                batch.Add(entry.Status);
            }

            batches.Add(batch);
        }

        return batches;
    }
}
