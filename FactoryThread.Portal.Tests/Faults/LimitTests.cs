using CsCheck;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>Limits held against a model of themselves, through restarts, midnights and refusals.</summary>
public sealed class LimitTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whenever_requests_come_and_the_server_restarts_each_is_judged_as_the_records_say()
    {
        const int perMinute = 8;
        const int perDay = 40;
        await using var rig = await UsageRig.StartAsync(time: new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 23, 55, 0, TimeSpan.Zero)));
        var gap = Gen.Frequency((60, Gen.Int[0, 900]), (10, Gen.Int[5_000, 70_000]), (1, Gen.Int[3_600_000, 20_000_000]));
        var seen = new HashSet<VerdictCode>();
        var sample = 0;
        await Gen.Select(gap, Gen.Int[0, 30]).Array[20, 150].SampleAsync(
            async arrivals =>
            {
                var key = Snapshot($"key_{sample++:d16}", perMinute, perDay);
                var (limits, clock) = Restart(rig);
                var admitted = new List<long>();
                foreach (var (milliseconds, chance) in arrivals)
                {
                    rig.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                    if (chance == 0)
                    {
                        (limits, clock) = Restart(rig);
                    }

                    var now = clock.NowMilliseconds();
                    var expected = admitted.Count(at => at / 1000 > (now / 1000) - 61) >= perMinute ? VerdictCode.RateLimited
                        : admitted.Count(at => at / 86_400_000 == now / 86_400_000) >= perDay ? VerdictCode.DailyLimitExceeded
                        : VerdictCode.Valid;
                    var (code, standing) = limits.Take(key, now, consume: true);
                    Assert.Equal(expected, code);
                    seen.Add(code);
                    if (code == VerdictCode.Valid)
                    {
                        admitted.Add(now);
                    }

                    Assert.Equal(perDay - admitted.Count(at => at / 86_400_000 == now / 86_400_000), standing.DayRemaining);
                    await rig.Recorder.RecordAsync(rig.Record(key.Id, code == VerdictCode.Valid ? Outcome.Succeeded : Outcome.Refused) with { At = now });
                }

                Assert.All(admitted, start => Assert.InRange(admitted.Count(at => at >= start && at < start + 60_000), 1, perMinute));
            },
            iter: 20 * FaultSettings.Rounds, threads: 1);

        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public async Task A_refusal_costs_nothing_whatever_its_reason()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var app = PortalApp.Start(time);
        await app.FlowAsync("abc123");
        await app.FlowAsync("draft1", published: false);
        using var http = app.Http();
        var value = (await app.KeyAsync(Given.Settings(permission: KeyPermission.SpecificFlows, flows: ["abc123", "draft1"]) with
        {
            PerMinute = 3,
            PerDay = 5,
            AllowInUrl = false,
            Networks = ["127.0.0.0/8", "::1"],
        })).Token.Reveal();
        var refusals = new (string Code, Func<Task<Answer>> Call)[]
        {
            ("flow_not_permitted", () => http.ExecuteAsync("inv200", value, "{}")),
            ("flow_not_published", () => http.ExecuteAsync("draft1", value, "{}")),
            ("insufficient_permission", () => http.SendGetAsync("/v1/keys", value)),
            ("wrong_header_format", () => http.SendPostAsync($"/flows/abc123/execute?api_key={value}", null, "{}")),
            ("network_not_allowed", () => http.SendPostAsync("/v1/keys/validate", value, """{"clientAddress":"203.0.113.9"}""")),
        };
        await Parallel.ForEachAsync(Enumerable.Range(0, 10).SelectMany(_ => refusals), Cancel, async (refusal, _) => Assert.Equal(refusal.Code, (await refusal.Call()).Code));

        Assert.Equal(3, await AdmittedAsync(20, "rate_limited"));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(2, await AdmittedAsync(20, "daily_limit_exceeded"));
        time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(3, await AdmittedAsync(20, "rate_limited"));

        async Task<int> AdmittedAsync(int calls, string refusal)
        {
            var codes = await Task.WhenAll(Enumerable.Range(0, calls).Select(async _ => (await http.SendPostAsync("/v1/keys/validate", value)).Code));
            Assert.All(codes, code => Assert.True(code == "valid_key" || code == refusal, code));
            return codes.Count(code => code == "valid_key");
        }
    }

    [Fact]
    public async Task Threads_that_take_as_fast_as_they_can_take_exactly_the_limit()
    {
        const int limit = 100_000;
        await using var rig = await UsageRig.StartAsync(mover: false);
        var (limits, clock) = Restart(rig);
        var key = Snapshot(UsageRig.Key, int.MaxValue, limit);
        var admitted = 0;
        Parallel.For(0, 2 * limit, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel }, _ =>
        {
            var (code, _) = limits.Take(key, clock.NowMilliseconds(), consume: true);
            if (code == VerdictCode.Valid)
            {
                Interlocked.Increment(ref admitted);
            }
        });

        Assert.Equal(limit, admitted);
    }

    [Fact]
    public async Task Limits_that_cannot_be_read_are_503_for_a_refusal_too()
    {
        await using var app = PortalApp.Start();
        await app.FlowAsync("abc123");
        using var http = app.Http();
        var value = (await app.KeyAsync(Given.Settings(permission: KeyPermission.ReadOnly))).Token.Reveal();
        var portal = Path.Combine(app.DataDirectory, "portal.db");
        UsageRig.Execute(portal, "ALTER TABLE UsageHour RENAME TO Gone");

        foreach (var answer in new[] { await http.SendPostAsync("/v1/keys/validate", value, """{"flowId":"abc123"}"""), await http.ExecuteAsync("abc123", value, "{}") })
        {
            Assert.Equal((503, "store_unavailable"), ((int)answer.Status, answer.Code));
            Assert.NotNull(answer.Header("Retry-After"));
        }

        UsageRig.Execute(portal, "ALTER TABLE Gone RENAME TO UsageHour");
        Assert.Equal("read_only_key", (await http.ExecuteAsync("abc123", value, "{}")).Code);
    }

    private static (KeyLimits Limits, SteadyClock Clock) Restart(UsageRig rig)
    {
        var clock = new SteadyClock(rig.Time);
        return (new KeyLimits(rig.Recorder, clock), clock);
    }

    private static KeySnapshot Snapshot(string id, int perMinute, int perDay) => new()
    {
        Id = id,
        Name = id,
        OwnerId = "owner",
        OwnerName = "owner",
        Flows = new HashSet<string>(),
        Networks = [],
        PerMinute = perMinute,
        PerDay = perDay,
        RateLimitPolicy = "",
    };
}
