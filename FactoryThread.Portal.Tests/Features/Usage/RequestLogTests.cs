using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class RequestLogTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_of_requests_are_newest_first_and_meet_without_gap_or_overlap()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var i = 0; i < 25; i++)
        {
            // Pairs of requests share an instant, and two keys alternate.
            await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromSeconds(i / 2)) with { RequestId = $"r{i}" });
            await rig.Recorder.RecordAsync(rig.Record(key: "key_other"));
        }

        var seen = new List<string?>();
        long? before = null;
        do
        {
            var page = await rig.Get<RequestLog>().RequestsAsync(new RequestQuery { KeyId = UsageRig.Key, BeforeId = before, Take = 10 }, Cancel);
            seen.AddRange(page.Items.Select(e => e.RequestId));
            before = page.Next;
        }
        while (before is not null);

        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"r{i}"), seen);
    }

    [Fact]
    public async Task Filters_by_outcome_flow_address_and_code_narrow_the_list()
    {
        await using var rig = await UsageRig.StartAsync();
        await rig.Recorder.RecordAsync(rig.Record());
        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Refused) with { RequestId = "wanted", Code = "rate_limited", Address = "10.0.0.9", FlowId = "inv200" });
        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Failed));
        var all = new RequestQuery { KeyId = UsageRig.Key };

        foreach (var query in new[]
        {
            all with { Outcome = Outcome.Refused }, all with { FlowId = "inv200" }, all with { Address = "10.0.0.9" }, all with { Code = "rate_limited" },
        })
        {
            var page = await rig.Get<RequestLog>().RequestsAsync(query, Cancel);
            Assert.Equal("wanted", Assert.Single(page.Items).RequestId);
            Assert.Null(page.Next);
        }
    }

    [Fact]
    public async Task A_page_by_key_and_time_out_of_a_large_log_is_found_through_the_index_and_other_filters_look_at_no_more_than_that_time()
    {
        await using var rig = await UsageRig.StartAsync();
        var start = rig.Time.GetUtcNow().AddDays(-30);
        BigLog.Fill(rig.Portal, 200_000, start);
        var from = start.AddSeconds(100_000);
        var query = new RequestQuery { KeyId = "key_3", From = from, To = from.AddSeconds(1000), Take = 50 };
        var log = rig.Get<RequestLog>();

        // A second between two rows, and ten keys in turn.
        var first = await log.RequestsAsync(query, Cancel);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => from.AddSeconds(993 - 10 * i)), first.Items.Select(e => e.At));
        var second = await log.RequestsAsync(query with { BeforeId = first.Next, Take = 200 }, Cancel);
        Assert.Equal(50, second.Items.Count);
        Assert.Null(second.Next);
        Assert.All(second.Items, e => Assert.InRange(e.At, from, first.Items[^1].At));
        var refused = await log.RequestsAsync(query with { Outcome = Outcome.Refused }, Cancel);
        Assert.Equal(
            LogFile.Read(rig.Portal).Count(e => e.KeyId == "key_3" && e.Outcome == Outcome.Refused && e.At >= from && e.At < from.AddSeconds(1000)),
            refused.Items.Count);

        await using var db = await rig.ContextAsync();
        foreach (var page in new[] { query, query with { BeforeId = first.Next }, new RequestQuery { KeyId = "key_3" } })
        {
            var (begin, end) = (page.From?.ToUnixTimeMilliseconds() ?? long.MinValue, page.To?.ToUnixTimeMilliseconds() ?? long.MaxValue);
            await using var command = (await RequestSegments.SegmentsAsync(db, page.KeyId, begin, end, page.BeforeId, Cancel)).CreateDbCommand();
            command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
            await db.Database.OpenConnectionAsync(Cancel);
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            Assert.True(await reader.ReadAsync(Cancel));
            var step = reader.GetString(3);
            Assert.Contains("USING INDEX IX_RequestSegments_KeyId_Minute (KeyId=?", step, StringComparison.Ordinal);
            Assert.Equal(page.From is not null, step.Contains("Minute>? AND Minute<?", StringComparison.Ordinal));
            Assert.False(await reader.ReadAsync(Cancel), "The page is sorted apart, so all of the key's segments are read.");
        }
    }

    [Fact]
    public async Task Executions_are_found_by_flow_by_key_by_outcome_and_by_id_across_keys()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var i = 0; i < 12; i++)
        {
            await rig.Recorder.RecordAsync(rig.Record(
                key: i % 2 == 0 ? UsageRig.Key : "key_other",
                outcome: i % 4 == 0 ? Outcome.Failed : Outcome.Succeeded,
                flow: i % 3 == 0 ? "inv200" : "abc123",
                executionId: $"exe_{i:00}"));
            await rig.Recorder.RecordAsync(rig.Record());
        }

        Assert.Equal(Range(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), await Ids(rig, new ExecutionQuery()));
        Assert.Equal(Range(9, 6, 3, 0), await Ids(rig, new ExecutionQuery { FlowIds = ["inv200"] }));
        Assert.Equal(Range(8, 4, 0), await Ids(rig, new ExecutionQuery { Outcome = Outcome.Failed }));
        Assert.Equal(Range(9, 3), await Ids(rig, new ExecutionQuery { KeyId = "key_other", FlowIds = ["inv200", "none"] }));
        Assert.Equal(Range(6), await Ids(rig, new ExecutionQuery { ExecutionId = "exe_06", FlowIds = ["inv200"] }));
        Assert.Empty(await Ids(rig, new ExecutionQuery { ExecutionId = "exe_06", FlowIds = ["abc123"] }));
        Assert.Empty(await Ids(rig, new ExecutionQuery { FlowIds = [] }));

        static string[] Range(params int[] numbers) => [.. numbers.Select(n => $"exe_{n:00}")];
    }

    private static async Task<List<string>> Ids(UsageRig rig, ExecutionQuery query)
    {
        var ids = new List<string>();
        long? before = null;
        do
        {
            var page = await rig.Get<RequestLog>().ExecutionsAsync(query with { BeforeId = before, Take = 5 }, Cancel);
            ids.AddRange(page.Items.Select(e => e.ExecutionId!));
            before = page.Next;
        }
        while (before is not null);

        return ids;
    }
}
