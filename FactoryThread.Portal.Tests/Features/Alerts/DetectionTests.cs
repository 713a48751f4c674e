using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>
/// A week of generated traffic after five weeks of history, with incidents planted in it: every one is found, and the false alarms are
/// counted.
/// </summary>
public sealed class DetectionTests(ITestOutputHelper output)
{
    private readonly Random _random = new(20261124);

    [Fact]
    public async Task Every_planted_incident_is_found_and_false_alarms_are_few()
    {
        await using var rig = await AlertRig.StartAsync();
        var office = new List<ApiKey>();
        for (var i = 0; i < 12; i++)
        {
            office.Add(await rig.KeyAsync($"office-{i}", 60, s => s with { PerMinute = i == 4 ? 60 : null }));
        }

        var hourly = new List<ApiKey>();
        var nightly = new List<ApiKey>();
        for (var i = 0; i < 4; i++)
        {
            hourly.Add(await rig.KeyAsync($"hourly-{i}", 60, s => s with { PerDay = i == 0 ? 1700 : null }));
            nightly.Add(await rig.KeyAsync($"nightly-{i}", 60));
        }

        // Runs whenever somebody starts it: nothing about it is usual, so it may well alert.
        var irregular = new List<ApiKey> { await rig.KeyAsync("irregular-0", 60), await rig.KeyAsync("irregular-1", 60) };
        var mobile = await rig.KeyAsync("mobile", 60);
        var dormant = await rig.KeyAsync("dormant", 170);
        var revoked = await rig.KeyAsync("revoked", 60);
        var expiring = await rig.KeyAsync("expiring", 22, s => s with { Expiration = KeyExpiration.After(30) });
        var old = await rig.KeyAsync("old", 100, s => s with { Kind = KeyKind.Production });
        List<ApiKey> busy = [.. office, .. hourly, .. nightly, .. irregular, mobile];

        rig.Execute("BEGIN");
        foreach (var key in busy)
        {
            for (var hour = AlertRig.Noon.AddDays(-35); hour < AlertRig.Noon; hour = hour.AddHours(1))
            {
                var (good, bad) = Usual(key, hour);
                Write(good, Outcome.Succeeded);
                Write(bad, Outcome.Failed);

                void Write(int count, Outcome outcome)
                {
                    if (count > 0)
                    {
                        rig.Hour(key, hour, count, outcome);
                    }
                }
            }

            foreach (var network in key == mobile ? Enumerable.Range(0, 40).Select(n => $"100.64.{n}.0/24") : ["10.20.4.0/24"])
            {
                rig.Execute($"INSERT INTO KeyNetworks VALUES ('{key.Id}', '{network}', {AlertRig.Noon.AddDays(-35).ToUnixTimeMilliseconds()})");
            }
        }

        rig.Hour(dormant, AlertRig.Noon.AddDays(-60), 10);
        rig.Hour(revoked, AlertRig.Noon.AddDays(-2), 10);
        rig.Execute("COMMIT");

        var planted = new Dictionary<DateTimeOffset, Action>();
        Plant(1, 10, () => rig.Call(office[0], 400, spread: Half));
        Plant(5, 3, () => rig.Call(office[1], 250, spread: Half));
        Plant(2, 14, () => rig.Call(office[2], 5, address: "203.0.113.50"));
        Plant(6, 11, () => rig.Call(mobile, 1, address: "198.18.7.7"));
        Plant(3, 9, () => rig.Call(office[3], 90, code: "flow_failed", spread: Half));
        Plant(2, 16, () => rig.Call(office[6], 40, code: "flow_not_permitted", spread: Half));
        Plant(1, 15, () => rig.Call(dormant));
        Plant(6, 2, () => rig.WrongKeys("198.51.100.77", 400, after: TimeSpan.FromMinutes(20)));
        Plant(4, 2, () => rig.WrongKeys("198.51.100.78", 45, "malformed_key", TimeSpan.FromMinutes(20)));
        Plant(3, 20, () => rig.Call(revoked, 20, code: "revoked_key", spread: Half));
        Plant(2, 12, () => rig.Call(office[4], 58));
        HashSet<(AlertKind, string)> expected =
        [
            (AlertKind.UnusualRate, office[0].Id), (AlertKind.UnusualRate, office[1].Id), (AlertKind.NewNetwork, office[2].Id), (AlertKind.NewNetwork, mobile.Id),
            (AlertKind.ErrorJump, office[3].Id), (AlertKind.ErrorJump, office[6].Id), (AlertKind.LongSilence, dormant.Id),
            (AlertKind.FailedAddress, "198.51.100.77"), (AlertKind.FailedAddress, "198.51.100.78"), (AlertKind.RefusedKey, revoked.Id),
            (AlertKind.LimitMinute, office[4].Id), (AlertKind.LimitDay, hourly[0].Id), (AlertKind.KeyExpiring, expiring.Id), (AlertKind.RotationDue, old.Id),
        ];

        var requests = 0L;
        for (var time = AlertRig.Noon; time < AlertRig.Noon.AddDays(7); time = time.AddMinutes(30))
        {
            foreach (var key in busy)
            {
                var (good, bad) = Usual(key, time);
                var address = key == mobile ? $"100.64.{_random.Next(40)}.9" : "10.20.4.17";
                rig.Call(key, good / 2, spread: Half, address: address);
                rig.Call(key, bad / 2, code: "flow_failed", spread: Half, address: address);
                requests += good / 2 + bad / 2;
            }

            planted.GetValueOrDefault(time)?.Invoke();
            rig.Time.Advance(Half);
            await rig.Evaluator.RunAsync(TestContext.Current.CancellationToken);
        }

        var alerts = await rig.AlertsAsync();
        var found = alerts.Select(a => (a.Kind, a.Subject)).ToHashSet();
        var wrong = alerts.Where(a => !expected.Contains((a.Kind, a.Subject))).ToList();
        output.WriteLine($"{requests:n0} requests of {busy.Count} keys in 7 days; {expected.Count(found.Contains)} of {expected.Count} incidents found; {wrong.Count} false alarms:");
        wrong.ForEach(a => output.WriteLine($"  {a.Kind} {a.Summary}"));
        Assert.Empty(expected.Except(found));
        Assert.All(wrong, a => Assert.StartsWith("irregular", a.SubjectName, StringComparison.Ordinal));
        Assert.True(wrong.Count <= 2);

        void Plant(int day, int hour, Action incident) => planted[new DateTimeOffset(AlertRig.Noon.Date.AddDays(day).AddHours(hour), TimeSpan.Zero)] = incident;
    }

    private static TimeSpan Half => TimeSpan.FromMinutes(30);

    /// <summary>Requests that succeed and fail in an hour.</summary>
    private (int Good, int Bad) Usual(ApiKey key, DateTimeOffset hour)
    {
        var weekend = hour.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        var rate = key.Name.Split('-')[0] switch
        {
            "office" => hour.Hour is >= 7 and < 18 && !weekend ? 30 + 5 * (key.Name.Length + key.Name[^1] % 7) : 1,
            "hourly" => 60,
            "nightly" => hour.Hour == 2 ? 300 : 0,
            "mobile" => hour.Hour is >= 6 and < 22 ? 40 : 3,
            _ => _random.NextDouble() < 0.05 ? 220 : 2,
        };
        return (Poisson(rate * 0.98), Poisson(rate * 0.02));
    }

    private int Poisson(double mean)
    {
        if (mean > 30)
        {
            // Box and Muller's normal distribution is near enough.
            var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            return Math.Max(0, (int)Math.Round(mean + Math.Sqrt(mean) * normal));
        }

        var (count, product, end) = (0, _random.NextDouble(), Math.Exp(-mean));
        for (; product > end; count++)
        {
            product *= _random.NextDouble();
        }

        return count;
    }
}
