using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class CallLogTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_change_would_hit_are_calls_that_were_let_through_failed_ones_too_and_no_refused_ones()
    {
        await using var rig = await UsageRig.StartAsync();
        await RecordAsync(rig, rig.Record(outcome: Outcome.Succeeded), 3);
        await RecordAsync(rig, rig.Record(outcome: Outcome.Failed), 2);
        await RecordAsync(rig, rig.Record(outcome: Outcome.Refused), 4);
        await RecordAsync(rig, rig.Record(outcome: Outcome.Failed, flow: "inv200"), 1);
        await RecordAsync(rig, rig.Record(outcome: Outcome.Refused, flow: "pay300"), 1);
        await RecordAsync(rig, rig.Record(after: TimeSpan.FromDays(-8)), 1);

        var patterns = await rig.Get<CallLog>().PatternsAsync(UsageRig.Key, rig.Time.GetUtcNow().AddDays(-7), Cancel);

        Assert.Equal([("abc123", 5L), ("inv200", 1L)], patterns.Patterns.Select(p => (p.FlowId, p.Requests)));
        Assert.True(patterns.Complete);
    }

    private static async Task RecordAsync(UsageRig rig, RequestRecord request, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await rig.Recorder.RecordAsync(request);
        }
    }
}
