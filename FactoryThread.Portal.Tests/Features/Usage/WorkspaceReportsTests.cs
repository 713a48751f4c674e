using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class WorkspaceReportsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_sums_are_those_of_the_database_and_the_most_used_come_first()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var key = 0; key < 12; key++)
        {
            for (var call = 0; call <= key; call++)
            {
                await rig.Recorder.RecordAsync(rig.Record(key: $"key_{key:00}", flow: key == 11 ? null : $"flow{key % 2}", outcome: (Outcome)(call % 3), after: TimeSpan.FromMinutes(-call)));
            }
        }

        await rig.Recorder.RecordAsync(rig.Record(key: "key_00", after: TimeSpan.FromDays(-3)));
        var range = Range(rig);

        var report = await rig.Get<WorkspaceReports>().ReadAsync(UsageScope.Workspace(), range, Cancel);

        Assert.Equal(78, report.Counts.Total);
        Assert.Equal(UsageRig.Number(rig.Portal, $"SELECT sum(Count) FROM UsageHour WHERE Outcome = 2 AND Hour >= {range.From.ToUnixTimeMilliseconds()}"), report.Counts.Refused);
        Assert.Equal(report.Counts, report.Buckets.Aggregate(default(UsageCounts), (sum, b) => sum + b.Counts));
        Assert.Equal(24, report.Buckets.Count(b => b.Start <= rig.Time.GetUtcNow() && b.Start > rig.Time.GetUtcNow().AddDays(-1)));
        Assert.Equal(12, report.KeyCount);
        Assert.Equal(["key_11", "key_10", "key_09", "key_08", "key_07", "key_06", "key_05", "key_04", "key_03", "key_02"], report.Keys.Select(k => k.Key.Id));
        Assert.Equal((new UsageCounts(4, 4, 4), rig.Time.GetUtcNow()), (report.Keys[0].Counts, report.Keys[0].LastAt));
        Assert.Equal([("flow0", 36L), ("flow1", 30L), ("", 12L)], report.Flows.Select(f => (f.FlowId, f.Counts.Total)));
    }

    [Fact]
    public async Task Failed_credentials_stand_by_address_with_what_was_wrong()
    {
        await using var rig = await UsageRig.StartAsync();
        var now = rig.Time.GetUtcNow().ToUnixTimeMilliseconds();
        UsageRig.Execute(rig.Portal, $"""
            INSERT INTO CredentialFailures (Minute, Code, Address, Count) VALUES
                ({now - 120_000}, 'unknown_key', '203.0.113.9', 40), ({now - 60_000}, 'unknown_key', '203.0.113.9', 2),
                ({now - 180_000}, 'malformed_key', '203.0.113.9', 5), ({now}, 'missing_key', '10.0.0.7', 9),
                ({now - 86_400_000L * 9}, 'missing_key', '10.0.0.8', 1000)
            """);

        var failures = (await rig.Get<WorkspaceReports>().ReadAsync(UsageScope.Workspace(), Range(rig), Cancel)).Failures!;

        Assert.Equal((56L, 2), (failures.Total, failures.AddressCount));
        Assert.Equal(["203.0.113.9", "10.0.0.7"], failures.Addresses.Select(a => a.Address));
        Assert.Equal((47L, rig.Time.GetUtcNow().AddMinutes(-1)), (failures.Addresses[0].Total, failures.Addresses[0].LastAt));
        Assert.Equal([("unknown_key", 42L), ("malformed_key", 5L)], failures.Addresses[0].Codes);
    }

    [Fact]
    public async Task Failed_credentials_of_the_minute_at_which_the_range_ends_are_not_in_it()
    {
        await using var rig = await UsageRig.StartAsync();
        var end = rig.Time.GetUtcNow();
        var now = end.ToUnixTimeMilliseconds();
        UsageRig.Execute(rig.Portal, $"""
            INSERT INTO CredentialFailures (Minute, Code, Address, Count) VALUES
                ({now - 60_000}, 'unknown_key', '203.0.113.9', 4), ({now}, 'unknown_key', '203.0.113.9', 9)
            """);
        var range = rig.Get<UsageReports>().Range(end.AddHours(-2), end).Require();

        var report = await rig.Get<WorkspaceReports>().ReadAsync(UsageScope.Workspace(), range, Cancel);

        Assert.Equal(4, report.Failures!.Total);
    }

    [Fact]
    public async Task An_owners_workspace_counts_the_requests_of_their_deleted_keys()
    {
        await using var rig = await UsageRig.StartAsync();
        var key = await rig.KeyAsync();
        await rig.Recorder.RecordAsync(rig.Record(key: key.Id));
        await rig.Recorder.RecordAsync(rig.Record());
        UsageRig.Execute(rig.Portal, $"UPDATE ApiKeys SET DeletedAt = {rig.Time.GetUtcNow().ToUnixTimeMilliseconds()} WHERE Id = '{key.Id}'");

        var report = await rig.Get<WorkspaceReports>().ReadAsync(UsageScope.Workspace(key.OwnerId), Range(rig), Cancel);

        Assert.Equal((1L, key.Id), (report.Counts.Total, Assert.Single(report.Keys).Key.Id));
    }

    [Fact]
    public async Task An_owners_workspace_counts_no_foreign_key_and_no_failed_credentials()
    {
        await using var rig = await UsageRig.StartAsync();
        await rig.Recorder.RecordAsync(rig.Record());

        var report = await rig.Get<WorkspaceReports>().ReadAsync(UsageScope.Workspace("nobody"), Range(rig), Cancel);

        Assert.Equal((0L, 0, true), (report.Counts.Total, report.KeyCount, report.Failures is null));
    }

    [Fact]
    public async Task Its_sample_says_how_long_calls_took_where_they_came_from_and_why_some_came_to_nothing()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var call = 1; call <= 20; call++)
        {
            await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromMinutes(-call)) with { DurationMicros = call * 1000 });
        }

        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Refused) with { DurationMicros = 1_000_000, Address = "203.0.113.9", UserAgent = null });
        var reports = rig.Get<WorkspaceReports>();

        var sample = await reports.SampleAsync(await reports.ReadAsync(UsageScope.Workspace(), Range(rig), Cancel), Cancel);

        Assert.Equal(new UsageLatency(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(19), 20), sample.Latency);
        Assert.Equal([("203.0.113.9", null, 1L), ("10.20.4.17", "erp-prod/2.1", 20L)], sample.Callers.Select(c => (c.Address, c.UserAgent, c.Requests)));
        Assert.Equal((rig.Time.GetUtcNow().AddMinutes(-20), rig.Time.GetUtcNow().AddMinutes(-1)), (sample.Callers[1].FirstSeen, sample.Callers[1].LastSeen));
        Assert.Equal([(Outcome.Refused, "flow_not_permitted", 1L)], sample.Troubles.Select(t => (t.Outcome, t.Code, t.Count)));
    }

    [Fact]
    public async Task Why_calls_failed_is_said_of_a_key_too_that_is_hardly_used()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var key = 0; key < WorkspaceReports.MostNamed; key++)
        {
            var busy = rig.Record() with { KeyId = $"key_busy{key:d12}", DurationMicros = 1000 };
            await rig.Recorder.RecordAsync(busy);
            await rig.Recorder.RecordAsync(busy);
        }

        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Failed) with { KeyId = "key_quiet00000000001", DurationMicros = 1_000_000, Address = "203.0.113.9" });
        var reports = rig.Get<WorkspaceReports>();

        var sample = await reports.SampleAsync(await reports.ReadAsync(UsageScope.Workspace(), Range(rig), Cancel), Cancel);

        Assert.Equal(["key_quiet00000000001"], sample.Troubles.Select(t => t.Key.Id));
        Assert.Equal(new UsageLatency(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), 20), sample.Latency);
        Assert.DoesNotContain(sample.Callers, caller => caller.Address == "203.0.113.9");
    }

    private static UsageRange Range(UsageRig rig) => rig.Get<UsageReports>().Range(rig.Time.GetUtcNow().AddHours(-47), null).Require();
}
