using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class LogMigrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_rows_of_an_older_log_are_all_there_after_the_upgrade()
    {
        await using var rig = await UsageRig.StartAsync(mover: false);
        await using var db = await rig.ContextAsync();
        await db.GetService<IMigrator>().MigrateAsync("20261124200318_Alerts", Cancel);
        UsageRig.Execute(rig.Portal, """
            INSERT INTO RequestLog (Id, At, KeyId, SecretId, FlowId, Route, Outcome, Code, Status, DurationMicros, Address, UserAgent, RequestId, ExecutionId, Error, Counted, Test) VALUES
                (1, 1795435200123, 'key_0000000000000001', 7, NULL, 'POST /v1/keys/validate', 2, 'rate_limited', 200, 70000, '::1', NULL, 'r1', NULL, NULL, 0, 1),
                (2, 1795435261000, 'key_0000000000000001', 4294967297, 'abc123', 'POST /flows/{flowId}/execute', 1, 'flow_failed', 502, 1500, '10.20.4.17', 'größer 文 🙂', 'r2', 'exe_2', 'Der Empfänger fehlt.', 1, 0),
                (3, 1795435261000, 'key_other', 9, NULL, 'POST /v1/keys/validate', 0, 'valid_key', 200, 70, NULL, NULL, 'r3', NULL, NULL, 1, 0);
            UPDATE IntakeWatermark SET LogId = 3;
            """);

        await db.Database.MigrateAsync(Cancel);
        rig.Mover.Start();
        await rig.Recorder.RecordAsync(rig.Record());
        await rig.CatchUpAsync();

        var log = LogFile.Read(rig.Portal);
        Assert.Equal([1L, 2L, 3L, 4L], log.Select(e => e.Id));
        Assert.Equal(
            (1795435200123L, "key_0000000000000001", 7L, null, "POST /v1/keys/validate", Outcome.Refused, "rate_limited", 200, 70000L, "::1", null, "r1", false, true),
            (log[0].At.ToUnixTimeMilliseconds(), log[0].KeyId, log[0].SecretId, log[0].FlowId, log[0].Route, log[0].Outcome, log[0].Code, log[0].Status, log[0].DurationMicros,
                log[0].Address, log[0].UserAgent, log[0].RequestId, log[0].Counted, log[0].Test));
        Assert.Equal(
            (4294967297L, "abc123", Outcome.Failed, "größer 文 🙂", "exe_2", "Der Empfänger fehlt.", true, false),
            (log[1].SecretId, log[1].FlowId, log[1].Outcome, log[1].UserAgent, log[1].ExecutionId, log[1].Error, log[1].Counted, log[1].Test));
        var page = await rig.Get<RequestLog>().RequestsAsync(new RequestQuery { KeyId = UsageRig.Key }, Cancel);
        Assert.Equal(["0HN7", "r2", "r1"], page.Items.Select(e => e.RequestId));
        Assert.Equal("exe_2", Assert.Single((await rig.Get<RequestLog>().ExecutionsAsync(new(), Cancel)).Items).ExecutionId);
    }
}
