using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;

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
