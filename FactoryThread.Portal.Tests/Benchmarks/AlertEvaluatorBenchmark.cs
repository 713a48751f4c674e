using System.Diagnostics;
using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Features.Alerts;
using FactoryThread.Portal.Tests.Features.Usage;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>What the evaluator costs with 100,000 keys, 10,000 of which make 60,000 requests in every minute (1000 a second).</summary>
public sealed class AlertEvaluatorBenchmark(ITestOutputHelper output)
{
    private const int Minutes = 6;

    [Fact(Explicit = true)]
    public async Task A_minute_costs_less_than_two_percent_of_a_core()
    {
        await using var rig = await AlertRig.StartAsync(learned: false);
        var key = await rig.KeyAsync();
        rig.Execute($"""
            CREATE TEMP TABLE Numbers AS WITH RECURSIVE n(N) AS (SELECT 0 UNION ALL SELECT N + 1 FROM n WHERE N < 99999) SELECT N FROM n;
            INSERT INTO ApiKeys (Id, Name, Environment, Kind, Permission, Networks, AllowInUrl, OwnerId, CreatedAt, CreatedBy, IssuedAt, Version)
            SELECT 'key_' || printf('%016d', N), 'key-' || N, 0, N % 4, 0, '[]', 1, OwnerId, CreatedAt, CreatedBy, CreatedAt, 0 FROM Numbers, ApiKeys WHERE ApiKeys.Id = '{key.Id}';
            INSERT INTO KeyNetworks SELECT 'key_' || printf('%016d', N), '10.0.' || (N % 250) || '.0/24', {AlertRig.Noon.AddDays(-30).ToUnixTimeMilliseconds()} FROM Numbers;
            INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
            SELECT 'key_' || printf('%016d', k.N), {AlertRig.Noon.ToUnixTimeMilliseconds()} - h.N * 3600000, 'abc123', h.N % 2, 40, 40, 0, 0, 0
            FROM Numbers k, (SELECT N FROM Numbers WHERE N BETWEEN 1 AND 24 OR N IN (168, 336, 504, 672)) h;
            INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
            SELECT 'key_' || printf('%016d', N * 7), {AlertRig.Noon.ToUnixTimeMilliseconds()}, 'abc123', 0, 95, 95, 0, 0, 0 FROM Numbers WHERE N < 10000;
            """);
        await rig.Evaluator.RunAsync(TestContext.Current.CancellationToken);
        var costs = new List<double>();
        for (var minute = 0; minute < Minutes; minute++)
        {
            var from = rig.Time.GetUtcNow().ToUnixTimeMilliseconds();
            rig.Execute($"""
                BEGIN;
                INSERT INTO UsageHour (KeyId, FlowId, Hour, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
                SELECT 'key_' || printf('%016d', N * 7), 'abc123', {AlertRig.Noon.ToUnixTimeMilliseconds()}, 0, 6, 6, 0, 0, {from} FROM Numbers WHERE N < 10000
                ON CONFLICT DO UPDATE SET Count = Count + 6, Counted = Counted + 6;
                COMMIT;
                """);
            LogFile.Append(Path.Combine(rig.DataDirectory, "portal.db"), Enumerable.Range(0, 60_000).Select(n => new RequestRecord
            {
                At = from + n,
                KeyId = string.Create(CultureInfo.InvariantCulture, $"key_{n % 10_000 * 7:D16}"),
                SecretId = 1,
                DurationMicros = 900,
                Status = 200,
                Outcome = Outcome.Succeeded,
                Counted = true,
                FlowId = "abc123",
                Route = "POST /flows/{flowId}/execute",
                Code = "valid_key",
                Address = string.Create(CultureInfo.InvariantCulture, $"10.0.{n % 10_000 * 7 % 250}.7"),
                UserAgent = "erp",
            }));
            rig.Time.Advance(TimeSpan.FromMinutes(1));
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            await rig.Evaluator.RunAsync(TestContext.Current.CancellationToken);
            costs.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds);
        }

        output.WriteLine($"CPU ms per minute: {string.Join(", ", costs.Select(c => $"{c:0}"))}; {(await rig.AlertsAsync()).Count} alerts");
        Assert.True(costs.Skip(1).Average() < 0.02 * 60_000, $"{costs.Skip(1).Average():0} ms");
    }
}
