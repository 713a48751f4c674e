using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Alerts;

public sealed class AlertEvaluatorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Far_more_requests_than_usual_at_this_hour_of_the_week_alert_and_say_against_what()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync("erp-order-sync");
        rig.Past(key, weeks: 4, perHour: 50);
        rig.Call(key, 190);
        Assert.DoesNotContain(await rig.RunAsync(), a => a.Kind == AlertKind.UnusualRate);

        rig.Call(key, 260);
        var alert = Assert.Single(await rig.RunAsync(), a => a.Kind == AlertKind.UnusualRate);

        Assert.Equal("erp-order-sync made 450 requests between 12:00 and 13:00 UTC, 9 times the 50 it usually makes at this hour of the week (seen over 4 weeks).", alert.Summary);
        Assert.Equal($"/settings/api-keys/{key.Id}?tab=requests", alert.ActionLink);
        Assert.Equal(AlertLevel.Warning, alert.Level);
    }

    [Fact]
    public async Task The_usual_is_that_of_the_hour_of_the_week_and_not_of_the_day()
    {
        await using var rig = await AlertRig.StartAsync();
        var weekday = await rig.KeyAsync("weekdays", change: s => s with { PerMinute = 100_000 });
        var tuesday = await rig.KeyAsync("tuesdays", change: s => s with { PerMinute = 100_000 });
        rig.Past(weekday, 4, 500, at => at.DayOfWeek == DayOfWeek.Monday);
        rig.Past(tuesday, 4, 500, at => at.DayOfWeek == DayOfWeek.Tuesday && at.Hour == 12);

        rig.Call(weekday, 500);
        rig.Call(tuesday, 500);

        var alert = Assert.Single(await rig.RunAsync(), a => a.Kind == AlertKind.UnusualRate);
        Assert.Equal("weekdays", alert.SubjectName);
        Assert.Contains("it usually makes none", alert.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_younger_than_a_week_has_nothing_that_is_usual()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync(daysOld: 3, change: s => s with { PerMinute = 100_000 });
        rig.Call(key, 2000);

        Assert.Empty(await rig.RunAsync());
    }

    [Fact]
    public async Task The_first_call_from_a_new_network_alerts_once_and_networks_of_before_are_known()
    {
        await using var rig = await AlertRig.StartAsync(learned: false);
        var key = await rig.KeyAsync();
        rig.Call(key, 3, TimeSpan.FromDays(-20), address: "10.20.4.17");
        rig.Call(key, 3, TimeSpan.FromDays(-10), address: "2001:db8:1:2::3");
        Assert.Empty(await rig.RunAsync());

        rig.Call(key, address: "10.20.4.99");
        rig.Call(key, address: "2001:db8:1:ffff::1");
        Assert.Empty(await rig.RunAsync());
        rig.Call(key, 2, address: "203.0.113.7");
        rig.Call(key, address: "203.0.113.8");
        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal("erp was used from 203.0.113.7 (2 requests), a network it was never used from before; since 4 Nov 2026 it came from 2 networks.", alert.Summary);
        Assert.Contains("address=203.0.113.7", alert.ActionLink, StringComparison.Ordinal);
        rig.Call(key, address: "203.0.113.9");
        Assert.Equal(1, Assert.Single(await rig.RunAsync()).Occasions);
    }

    [Fact]
    public async Task A_key_on_the_move_alerts_no_more_about_new_networks()
    {
        await using var rig = await AlertRig.StartAsync();
        foreach (var (name, networks) in new[] { ("settled", 50), ("on-the-move", 51) })
        {
            var key = await rig.KeyAsync(name);
            for (var i = 0; i < networks; i++)
            {
                rig.Execute($"INSERT INTO KeyNetworks VALUES ('{key.Id}', '100.64.{i}.0/24', {AlertRig.Noon.AddDays(-19).ToUnixTimeMilliseconds()})");
            }

            rig.Call(key, address: "203.0.113.7");
        }

        Assert.Equal("settled", Assert.Single(await rig.RunAsync()).SubjectName);
    }

    [Fact]
    public async Task A_jump_of_errors_alerts_but_errors_as_always_do_not()
    {
        await using var rig = await AlertRig.StartAsync();
        var jumps = await rig.KeyAsync("jumps");
        var always = await rig.KeyAsync("always");
        rig.Past(jumps, 1, perHour: 98, errorsPerHour: 2);
        rig.Past(always, 1, perHour: 50, errorsPerHour: 50);
        foreach (var key in new[] { jumps, always })
        {
            rig.Call(key, 30);
            rig.Call(key, 30, code: "flow_failed");
        }

        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal("jumps", alert.SubjectName);
        Assert.Equal("30 of 60 requests of jumps failed or were refused between 12:00 and 13:00 UTC (50 %), against 2 % in the seven days before.", alert.Summary);
    }

    [Fact]
    public async Task Use_after_a_long_silence_alerts_and_so_does_the_late_first_use()
    {
        await using var rig = await AlertRig.StartAsync();
        var silent = await rig.KeyAsync("silent", 200);
        var late = await rig.KeyAsync("late", 45);
        var young = await rig.KeyAsync("young", 5);
        rig.Hour(silent, AlertRig.Noon.AddDays(-45), 3);
        foreach (var key in new[] { silent, late, young })
        {
            rig.Call(key);
        }

        var alerts = await rig.RunAsync();

        Assert.Equal(
            ["silent was used at 12:00 UTC on 24 Nov 2026 after 45 days without a request (the last one was on 10 Oct 2026).", "late was used for the first time at 12:00 UTC on 24 Nov 2026, 45 days after it was made."],
            alerts.OrderByDescending(a => a.SubjectName).Select(a => a.Summary));
        rig.Call(silent);
        Assert.Equal(2, (await rig.RunAsync()).Count);
    }

    [Fact]
    public async Task Wrong_keys_from_one_address_alert_and_missing_ones_do_not()
    {
        await using var rig = await AlertRig.StartAsync();
        rig.WrongKeys("198.51.100.9", 25);
        rig.WrongKeys("198.51.100.9", 15, "malformed_key", TimeSpan.FromMinutes(-5));
        rig.WrongKeys("198.51.100.9", 500, "unknown_key", TimeSpan.FromMinutes(-16));
        rig.WrongKeys("198.51.100.10", 500, "missing_key");

        var alert = Assert.Single(await rig.RunAsync());

        Assert.StartsWith("198.51.100.9 presented wrong keys 40 times within 15 minutes (", alert.Summary, StringComparison.Ordinal);
        Assert.Null(alert.KeyId);
    }

    [Fact]
    public async Task The_minute_limit_alerts_at_80_95_and_100_percent_in_one_alert_that_grows()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync(change: s => s with { PerMinute = 100 });
        await rig.Channels.SaveAsync(null, new ChannelSettings(ChannelType.Mail, "ops@example.test", ChannelPace.AtOnce, AlertLevel.Notice), Caller.CommandLine, Cancel);
        rig.Call(key, 79);
        Assert.Empty(await rig.RunAsync());

        // The minute is cut in two by a run in between.
        rig.Call(key, 3);
        Assert.Empty(await rig.RunAsync());
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        rig.Call(key, 42);
        await rig.RunAsync();
        rig.Call(key, 42);
        Assert.Equal(AlertLevel.Notice, Assert.Single(await rig.RunAsync()).Level);
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        rig.Call(key, 95);
        Assert.Equal(AlertLevel.Warning, Assert.Single(await rig.RunAsync()).Level);
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        rig.Call(key, 100);
        rig.Call(key, 7, code: "rate_limited");
        var alert = Assert.Single(await rig.RunAsync());

        Assert.Equal(AlertLevel.Critical, alert.Level);
        Assert.Equal("erp had 7 requests refused in the minute from 12:03 UTC, having reached its limit of 100 per minute.", alert.Summary);
        Assert.Equal(3, (await rig.MessagesAsync()).Count);
    }

    [Fact]
    public async Task The_day_limit_counts_the_whole_day_and_only_what_counted()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync(change: s => s with { PerDay = 1000, PerMinute = 100_000 });
        rig.Hour(key, AlertRig.Noon.AddHours(-8), 700);
        rig.Hour(key, AlertRig.Noon.AddHours(-30), 900);
        rig.Call(key, 60);
        rig.Call(key, 60, code: "flow_not_permitted");
        Assert.DoesNotContain(await rig.RunAsync(), a => a.Kind == AlertKind.LimitDay);

        rig.Call(key, 40);
        var alert = Assert.Single(await rig.RunAsync(), a => a.Kind == AlertKind.LimitDay);
        Assert.Equal("erp has used 800 requests of its 1,000 for 24 Nov 2026 UTC, 80 %.", alert.Summary);

        rig.Call(key, 200);
        alert = Assert.Single(await rig.RunAsync(), a => a.Kind == AlertKind.LimitDay);
        Assert.Equal(AlertLevel.Critical, alert.Level);
        Assert.Contains("refused until 00:00 UTC", alert.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_alert_is_open_per_rule_and_key_and_a_resolved_occasion_does_not_come_back()
    {
        await using var rig = await AlertRig.StartAsync();
        var key = await rig.KeyAsync(change: s => s with { PerMinute = 100_000 });
        rig.Past(key, 4, 10);
        rig.Call(key, 200);
        var alert = Assert.Single(await rig.RunAsync());
        rig.Call(key, 10);
        Assert.Equal(1, Assert.Single(await rig.RunAsync()).Occasions);
        await rig.Inbox.ResolveAsync(alert.Id, Caller.CommandLine, Cancel);
        rig.Call(key, 10);
        Assert.NotNull(Assert.Single(await rig.RunAsync()).ResolvedAt);

        rig.Time.Advance(TimeSpan.FromHours(1));
        rig.Call(key, 200);

        Assert.Equal([false, true], (await rig.RunAsync()).Select(a => a.ResolvedAt is null));
    }

    [Fact]
    public async Task What_came_while_the_portal_was_down_is_judged_after_the_restart_and_nothing_twice()
    {
        var data = Directory.CreateTempSubdirectory("alert-test-").FullName;
        try
        {
            ApiKey key;
            await using (var rig = await AlertRig.StartAsync(dataDirectory: data))
            {
                key = await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 });
                rig.Call(key, 50);
                Assert.Empty(await rig.RunAsync());
                rig.Call(key, 45);
            }

            await using (var rig = await AlertRig.StartAsync(dataDirectory: data, learned: false))
            {
                Assert.Equal("erp has used 95 requests of its 100 for 24 Nov 2026 UTC, 95 %.", Assert.Single(await rig.RunAsync()).Summary);
                rig.Call(key);
                Assert.Contains("used 96 requests", Assert.Single(await rig.RunAsync()).Summary, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Alert_message_and_progress_are_one_transaction()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.Channels.SaveAsync(null, new ChannelSettings(ChannelType.Mail, "ops@example.test", ChannelPace.AtOnce, AlertLevel.Notice), Caller.CommandLine, Cancel);
        var key = await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 });
        rig.Call(key, 100);
        rig.Execute("CREATE TRIGGER broken BEFORE INSERT ON AlertMessages BEGIN SELECT raise(ABORT, 'disk full'); END");

        var fault = await Assert.ThrowsAsync<DbUpdateException>(() => rig.Evaluator.RunAsync(Cancel));
        Assert.IsType<SqliteException>(fault.InnerException);
        Assert.Empty(await rig.AlertsAsync());

        rig.Execute("DROP TRIGGER broken");
        Assert.Single(await rig.RunAsync());
        Assert.Single(await rig.MessagesAsync());
        Assert.Equal(0, await rig.Evaluator.RunAsync(Cancel));
        Assert.Single(await rig.MessagesAsync());
    }

    [Fact]
    public async Task Traffic_of_before_the_first_run_is_learned_from_and_not_judged()
    {
        await using var rig = await AlertRig.StartAsync(learned: false);
        var key = await rig.KeyAsync(change: s => s with { PerDay = 100 });
        rig.Call(key, 100, TimeSpan.FromDays(-9));

        Assert.Empty(await rig.RunAsync());
        Assert.Equal(1, rig.Number("SELECT count(*) FROM KeyNetworks"));
        rig.Call(key);
        Assert.Empty(await rig.RunAsync());
    }
}
