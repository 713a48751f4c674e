using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class UsageMoverTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hours_count_per_key_flow_and_outcome_and_agree_with_the_log()
    {
        await using var rig = await UsageRig.StartAsync();
        foreach (var outcome in new[] { Outcome.Succeeded, Outcome.Succeeded, Outcome.Failed, Outcome.Refused })
        {
            await rig.Recorder.RecordAsync(rig.Record(outcome: outcome));
            await rig.Recorder.RecordAsync(rig.Record(key: "key_2", outcome: outcome, flow: null, after: TimeSpan.FromHours(-1)));
        }

        await rig.CatchUpAsync();

        await using var db = await rig.ContextAsync();
        var hours = await db.Set<UsageHour>().OrderBy(h => h.KeyId).ThenBy(h => h.Outcome).ToListAsync(Cancel);
        var now = rig.Time.GetUtcNow();
        Assert.Equal(
            [
                (UsageRig.Key, now, "abc123", Outcome.Succeeded, 2L, 2L, 3000L),
                (UsageRig.Key, now, "abc123", Outcome.Failed, 1L, 1L, 1500L),
                (UsageRig.Key, now, "abc123", Outcome.Refused, 1L, 0L, 1500L),
                ("key_2", now.AddHours(-1), "", Outcome.Succeeded, 2L, 2L, 3000L),
                ("key_2", now.AddHours(-1), "", Outcome.Failed, 1L, 1L, 1500L),
                ("key_2", now.AddHours(-1), "", Outcome.Refused, 1L, 0L, 1500L),
            ],
            hours.Select(h => (h.KeyId, h.Hour, h.FlowId, h.Outcome, h.Count, h.Counted, h.DurationSumMicros)));
        Assert.Equal(hours.Sum(h => h.Count), LogFile.Count(rig.Portal));
    }

    [Fact]
    public async Task The_last_use_of_a_key_never_goes_back()
    {
        await using var rig = await UsageRig.StartAsync();
        var key = await rig.KeyAsync();
        foreach (var after in new[] { TimeSpan.FromHours(-1), TimeSpan.Zero, TimeSpan.FromHours(-2) })
        {
            await rig.Recorder.RecordAsync(rig.Record(key: key.Id, after: after));
            await rig.CatchUpAsync();
        }

        await using var db = await rig.ContextAsync();
        Assert.Equal(rig.Time.GetUtcNow(), await db.Set<ApiKey>().Where(k => k.Id == key.Id).Select(k => k.LastUsedAt).SingleAsync(Cancel));
    }

    [Fact]
    public async Task A_crash_between_the_transaction_and_the_deletion_moves_nothing_twice()
    {
        var directory = Directory.CreateTempSubdirectory("usage-test-").FullName;
        await using (var rig = await UsageRig.StartAsync(dataDirectory: directory))
        {
            // Whatever happens after the commit is lost, as if the process had died there.
            rig.Mover.AfterCommit = () => throw new InvalidOperationException("killed");
            for (var i = 0; i < 20; i++)
            {
                await rig.Recorder.RecordAsync(rig.Record());
            }

            await rig.Mover.CatchUpAsync(Cancel);
        }

        await using (var rig = await UsageRig.StartAsync(dataDirectory: directory))
        {
            await rig.Recorder.RecordAsync(rig.Record());
            await rig.CatchUpAsync();

            Assert.Equal(21, LogFile.Count(rig.Portal));
            Assert.Equal(21, UsageRig.Number(rig.Portal, "SELECT sum(Count) FROM UsageHour"));
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task What_was_moved_is_deleted_many_batches_at_once_and_the_newest_stays()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var i = 0; i < 70; i++)
        {
            await rig.Recorder.RecordAsync(rig.Record());
        }

        await rig.CatchUpAsync();
        await rig.Recorder.RecordAsync(rig.Record());

        Assert.Equal(rig.Recorder.Newest, UsageRig.Number(rig.Intake, "SELECT max(Id) FROM Intake"));
        Assert.InRange(UsageRig.Number(rig.Intake, "SELECT count(*) FROM Intake"), 1, 10);
    }

    [Fact]
    public async Task A_locked_portal_database_delays_the_move_but_not_the_answers()
    {
        await using var rig = await UsageRig.StartAsync();
        using (var shell = UsageRig.Open(rig.Portal))
        {
            using var begin = shell.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();

            await rig.Recorder.RecordAsync(rig.Record());

            Assert.False(await rig.Mover.CatchUpAsync(Cancel));
            begin.CommandText = "ROLLBACK";
            begin.ExecuteNonQuery();
        }

        while (!await rig.Mover.CatchUpAsync(Cancel))
        {
        }

        Assert.Equal(1, LogFile.Count(rig.Portal));
    }

    [Fact]
    public async Task A_damaged_batch_does_not_stop_those_after_it()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);
        await rig.Recorder.RecordAsync(rig.Record());
        await rig.Recorder.RecordAsync(rig.Record());
        await rig.Recorder.RecordAsync(rig.Record());
        UsageRig.Execute(rig.Intake, "UPDATE Intake SET Records = x'01FFFF' WHERE Id = 2");

        rig.Mover.Start();
        await rig.CatchUpAsync();

        Assert.Equal(2, LogFile.Count(rig.Portal));
    }

    [Fact]
    public async Task The_day_and_the_minute_of_a_limit_are_the_same_before_during_and_after_the_move()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);
        for (var i = 0; i < 30; i++)
        {
            await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromSeconds(-i * 4)));
        }

        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Refused));
        await rig.Recorder.RecordAsync(rig.Record(key: "key_other"));
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromDays(-1)));
        var before = Use(rig);
        rig.Mover.Start();
        var observed = new List<LimitUse>();
        while (rig.Mover.Moved < rig.Recorder.Newest)
        {
            observed.Add(Use(rig));
        }

        observed.Add(Use(rig));

        Assert.Equal(30, before.Today);
        Assert.Equal(16, before.Seconds.Sum(s => s.Count));
        Assert.All(observed, use =>
        {
            Assert.Equal(before.Today, use.Today);
            Assert.Equal(before.Seconds, use.Seconds);
        });
    }

    [Fact]
    public async Task Limits_are_never_read_short_or_double_while_batches_move_and_are_deleted()
    {
        await using var rig = await UsageRig.StartAsync();
        var answered = 0L;
        var recording = Task.Run(async () =>
        {
            for (var i = 0; i < 3000; i++)
            {
                await rig.Recorder.RecordAsync(rig.Record());
                Interlocked.Increment(ref answered);
            }
        }, Cancel);

        while (!recording.IsCompleted)
        {
            var least = Interlocked.Read(ref answered);
            var use = Use(rig);
            var most = Interlocked.Read(ref answered) + 1;
            Assert.InRange(use.Today, least, most);
            _ = rig.Mover.CatchUpAsync(Cancel);
        }

        await recording;
        Assert.Equal(3000, Use(rig).Today);
    }

    private static LimitUse Use(UsageRig rig) => rig.Recorder.LoadLimitUse(UsageRig.Key, rig.Time.GetUtcNow());
}
