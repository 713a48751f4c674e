using System.Net;
using FactoryThread.Portal.Features.Usage;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class UsageRetentionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_older_than_the_days_go_and_the_hourly_counts_stay()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:Retention:Days"] = "10" });
        await Fill(rig, 700, TimeSpan.FromDays(-11));
        await Fill(rig, 50, TimeSpan.FromDays(-9));
        await rig.CatchUpAsync();

        var removed = await rig.Get<UsageRetention>().RemoveAsync(Cancel);

        Assert.Equal(700, removed);
        Assert.Equal(50, LogFile.Count(rig.Portal));
        Assert.Equal(750, UsageRig.Number(rig.Portal, "SELECT sum(Count) FROM UsageHour"));
        Assert.True(rig.Get<UsageRetention>().LongestSlice < TimeSpan.FromMilliseconds(50), $"A slice took {rig.Get<UsageRetention>().LongestSlice}.");
    }

    [Fact]
    public async Task The_oldest_rows_beyond_the_number_go_and_new_ids_go_on_after_the_old_ones()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:Retention:Rows"] = "100" });
        await Fill(rig, 350, TimeSpan.Zero);
        await rig.CatchUpAsync();

        Assert.Equal(250, await rig.Get<UsageRetention>().RemoveAsync(Cancel));

        Assert.Equal(251, UsageRig.Number(rig.Portal, "SELECT min(Id) FROM RequestSegments"));
        UsageRig.Execute(rig.Portal, "DELETE FROM RequestSegments");
        await Fill(rig, 1, TimeSpan.Zero);
        await rig.CatchUpAsync();
        Assert.Equal(351, UsageRig.Number(rig.Portal, "SELECT max(Id) FROM RequestSegments"));
    }

    [Fact]
    public async Task A_segment_of_which_a_part_may_stay_stays_whole()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:Retention:Rows"] = "10", ["Usage:Retention:Days"] = "10" });
        LogFile.Append(rig.Portal, Enumerable.Repeat(rig.Record(), 20));
        LogFile.Append(rig.Portal, Enumerable.Repeat(rig.Record(), 9));
        LogFile.Append(rig.Portal, [rig.Record(after: TimeSpan.FromDays(-10) + TimeSpan.FromSeconds(1))]);

        Assert.Equal(20, await rig.Get<UsageRetention>().RemoveAsync(Cancel));
        Assert.Equal(0, await rig.Get<UsageRetention>().RemoveAsync(Cancel));
        LogFile.Append(rig.Portal, [rig.Record()]);
        Assert.Equal(0, await rig.Get<UsageRetention>().RemoveAsync(Cancel));

        Assert.Equal(11, LogFile.Count(rig.Portal));
    }

    [Fact]
    public async Task Executions_go_with_their_requests()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:Retention:Days"] = "10" });
        LogFile.Append(rig.Portal, [rig.Record(after: TimeSpan.FromDays(-11), executionId: "exe_old"), rig.Record(executionId: "exe_new")]);

        await rig.Get<UsageRetention>().RemoveAsync(Cancel);

        var left = await rig.Get<RequestLog>().ExecutionsAsync(new(), Cancel);
        Assert.Equal("exe_new", Assert.Single(left.Items).ExecutionId);
    }

    [Fact]
    public async Task The_oldest_executions_beyond_the_number_go_too()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:Retention:Rows"] = "2" });
        LogFile.Append(rig.Portal, Enumerable.Range(1, 5).Select(i => rig.Record(executionId: $"exe_{i}")));

        await rig.Get<UsageRetention>().RemoveAsync(Cancel);

        var left = await rig.Get<RequestLog>().ExecutionsAsync(new(), Cancel);
        Assert.Equal(["exe_5", "exe_4"], left.Items.Select(e => e.ExecutionId));
    }

    [Fact]
    public async Task Old_counts_of_refused_credentials_go_too()
    {
        await using var rig = await UsageRig.StartAsync();
        rig.Recorder.CountFailure("unknown_key", IPAddress.Loopback);
        rig.Get<CredentialFailureCounter>().Flush();
        rig.Time.Advance(TimeSpan.FromDays(91));

        await rig.Get<UsageRetention>().RemoveAsync(Cancel);

        Assert.Equal(0, UsageRig.Number(rig.Portal, "SELECT count(*) FROM CredentialFailures"));
    }

    [Fact]
    public async Task It_goes_in_slices_each_committed_by_itself()
    {
        await using var rig = await UsageRig.StartAsync(new() { ["Usage:Retention:Days"] = "10" });
        await Fill(rig, 700, TimeSpan.FromDays(-11));
        await rig.CatchUpAsync();
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();

        // It looks whether it should stop after each slice, so this ends with the first.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Get<UsageRetention>().RemoveAsync(stopped.Token));

        Assert.InRange(LogFile.Count(rig.Portal), 1, 699);
    }

    [Fact]
    public async Task A_slice_however_long_keeps_no_answer_waiting()
    {
        await using var rig = await UsageRig.StartAsync();
        await Fill(rig, 10, TimeSpan.Zero);
        await rig.CatchUpAsync();
        await using var slice = UsageRig.Open(rig.Portal);
        await using var command = slice.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE; DELETE FROM RequestSegments";
        await command.ExecuteNonQueryAsync(Cancel);

        // The slice ends only after this: if answers waited for it, they would wait in vain.
        await Fill(rig, 100, TimeSpan.Zero);

        command.CommandText = "COMMIT";
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Requests of as many keys, so that each is a segment of its own.</summary>
    private static Task Fill(UsageRig rig, int rows, TimeSpan after)
        => Task.WhenAll(Enumerable.Range(0, rows).Select(i => rig.Recorder.RecordAsync(rig.Record(key: $"key_{i}", after: after)).AsTask()));
}
