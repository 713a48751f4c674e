using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Builders;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class UsageReportsTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Totals_flows_and_buckets_agree_with_the_log_and_show_a_call_as_soon_as_it_is_answered()
    {
        await using var rig = await UsageRig.StartAsync();
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            await rig.Recorder.RecordAsync(rig.Record(
                outcome: (Outcome)random.Next(3),
                flow: random.Next(4) switch { 0 => null, 1 => "inv200", _ => "abc123" },
                after: TimeSpan.FromMinutes(-random.Next(60 * 24 * 20))));
        }

        await rig.Recorder.RecordAsync(rig.Record(key: "key_other"));
        var report = (await rig.Get<UsageReports>().ForKeyAsync(UsageRig.Key, null, rig.Time.GetUtcNow().AddHours(1), UsageStep.Day, null, Cancel)).Require();

        var log = LogFile.Read(rig.Portal).FindAll(e => e.KeyId == UsageRig.Key);
        Assert.Equal(300, report.Counts.Total);
        Assert.Equal(
            (log.Count(e => e.Outcome == Outcome.Succeeded), log.Count(e => e.Outcome == Outcome.Failed), log.Count(e => e.Outcome == Outcome.Refused)),
            ((int)report.Counts.Succeeded, (int)report.Counts.Failed, (int)report.Counts.Refused));
        Assert.Equal(300, report.Buckets.Sum(b => b.Counts.Total));
        foreach (var flow in report.Flows)
        {
            var rows = log.Where(e => (e.FlowId ?? "") == flow.FlowId).ToList();
            Assert.Equal((rows.Count, rows.Max(e => e.At)), ((int)flow.Counts.Total, flow.LastAt));
        }

        foreach (var bucket in report.Buckets)
        {
            Assert.Equal(log.Count(e => e.At >= bucket.Start && e.At < bucket.Start.AddDays(1)), bucket.Counts.Total);
        }
    }

    [Fact]
    public async Task Days_are_the_viewers_days_also_when_the_clocks_change()
    {
        await using var rig = await UsageRig.StartAsync();

        // 25 October 2026 has 25 hours in Berlin: it begins at 22:00Z on the 24th and ends at 23:00Z.
        var dayStart = new DateTimeOffset(2026, 10, 24, 22, 0, 0, TimeSpan.Zero);
        foreach (var at in new[] { dayStart.AddMinutes(-1), dayStart, dayStart.AddHours(24).AddMinutes(59), dayStart.AddHours(25) })
        {
            await rig.Recorder.RecordAsync(rig.Record(after: at - rig.Time.GetUtcNow()));
        }

        var report = (await rig.Get<UsageReports>().ForKeyAsync(UsageRig.Key, dayStart.AddDays(-2), dayStart.AddDays(2), UsageStep.Day, Berlin, Cancel)).Require();

        Assert.Equal(
            [(dayStart.AddDays(-2), 0), (dayStart.AddDays(-1), 1), (dayStart, 2), (dayStart.AddHours(25), 1)],
            report.Buckets.Take(4).Select(b => (b.Start, (int)b.Counts.Total)));
    }

    [Fact]
    public async Task A_day_by_the_hour_has_as_many_buckets_as_hours()
    {
        await using var rig = await UsageRig.StartAsync();
        var dayStart = new DateTimeOffset(2026, 10, 24, 22, 0, 0, TimeSpan.Zero);

        var range = rig.Get<UsageReports>().Range(dayStart, dayStart.AddHours(25), UsageStep.Hour, Berlin).Require();

        Assert.Equal(25, range.Buckets().Distinct().Count());
    }

    [Theory]
    [InlineData("2026-11-20", "2026-11-20", UsageStep.Day)]
    [InlineData("2026-11-21", "2026-11-20", UsageStep.Day)]
    [InlineData("2026-01-01", "2026-11-20", UsageStep.Hour)]
    [InlineData("2020-01-01", "2026-11-20", UsageStep.Day)]
    [InlineData("0001-01-01", "2026-11-20", UsageStep.Day)]
    public async Task Ranges_that_are_turned_round_or_too_long_are_refused_with_the_field(string from, string to, UsageStep by)
    {
        await using var rig = await UsageRig.StartAsync();

        var result = rig.Get<UsageReports>().Range(Utc(from), Utc(to), by);

        Assert.Equal("from", result.Failure?.Field);
    }

    [Fact]
    public async Task The_default_range_is_the_last_30_days_by_day()
    {
        await using var rig = await UsageRig.StartAsync();

        var range = rig.Get<UsageReports>().Range(null, null).Require();

        Assert.Equal((Utc("2026-10-25"), rig.Time.GetUtcNow().AddMilliseconds(1), UsageStep.Day), (range.From, range.To, range.By));
    }

    [Theory]
    [InlineData(48, UsageStep.Hour)]
    [InlineData(49, UsageStep.Day)]
    public async Task Up_to_48_hours_are_reported_by_the_hour_unless_told_otherwise(int hours, UsageStep expected)
    {
        await using var rig = await UsageRig.StartAsync();
        var from = Utc("2026-11-20");

        Assert.Equal(expected, rig.Get<UsageReports>().Range(from, from.AddHours(hours)).Require().By);
    }

    [Fact]
    public async Task Sparklines_give_seven_days_per_key_and_leave_out_keys_without_requests()
    {
        await using var rig = await UsageRig.StartAsync();
        await rig.Recorder.RecordAsync(rig.Record());
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromDays(-6)));
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromDays(-6)));
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromDays(-7)));
        await rig.Recorder.RecordAsync(rig.Record(key: "key_not_asked"));

        var lines = await rig.Get<UsageReports>().SparklinesAsync([UsageRig.Key, "key_unused"], cancellationToken: Cancel);

        Assert.Equal([2, 0, 0, 0, 0, 0, 1], Assert.Single(lines).Value);
    }

    [Fact]
    public async Task The_last_bar_is_today_also_in_the_days_after_the_clocks_have_changed()
    {
        // Half past midnight on 1 April in Berlin, three days after the hour that was left out.
        await using var rig = await UsageRig.StartAsync(time: new FakeTimeProvider(new DateTimeOffset(2026, 3, 31, 22, 30, 0, TimeSpan.Zero)));
        foreach (var ago in new[] { TimeSpan.Zero, TimeSpan.FromHours(2), TimeSpan.FromDays(5.5), TimeSpan.FromDays(6) })
        {
            await rig.Recorder.RecordAsync(rig.Record(after: -ago));
        }

        var lines = await rig.Get<UsageReports>().SparklinesAsync([UsageRig.Key], Berlin, Cancel);

        Assert.Equal([1, 0, 0, 0, 0, 1, 1], Assert.Single(lines).Value);
    }

    [Fact]
    public async Task Latency_is_taken_from_requests_that_were_let_through()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var i = 1; i <= 100; i++)
        {
            // Those that failed took their time too.
            await rig.Recorder.RecordAsync(rig.Record(outcome: i > 60 ? Outcome.Failed : Outcome.Succeeded) with { DurationMicros = i * 1000 });
        }

        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Refused) with { DurationMicros = 9_000_000 });
        var range = rig.Get<UsageReports>().Range(null, rig.Time.GetUtcNow().AddHours(1)).Require();

        var latency = await rig.Get<UsageReports>().LatencyAsync(UsageRig.Key, range, Cancel);

        Assert.Equal(new UsageLatency(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(95), 100), latency);
        Assert.Null(await rig.Get<UsageReports>().LatencyAsync("key_unused", range, Cancel));
    }

    [Fact]
    public async Task Todays_use_of_the_limit_leaves_out_what_was_refused_and_what_was_yesterday()
    {
        await using var rig = await UsageRig.StartAsync();
        var key = await rig.KeyAsync(Given.Settings() with { PerDay = 100 });
        foreach (var outcome in new[] { Outcome.Succeeded, Outcome.Succeeded, Outcome.Failed, Outcome.Refused })
        {
            await rig.Recorder.RecordAsync(rig.Record(key: key.Id, outcome: outcome));
        }

        await rig.Recorder.RecordAsync(rig.Record(key: key.Id, flow: "inv200", after: TimeSpan.FromDays(-1)));

        Assert.Equal(new DayUse(3, 100, 4, 1), await rig.Get<UsageReports>().TodayAsync(key.Id, Cancel));
        Assert.Null(await rig.Get<UsageReports>().TodayAsync("key_nothere", Cancel));
    }

    [Fact]
    public async Task Callers_are_addresses_and_agents_with_first_and_last_seen()
    {
        await using var rig = await UsageRig.StartAsync();
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromHours(-3)));
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromHours(-1)));
        await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromMinutes(-30)) with { Address = "10.20.4.18", UserAgent = "curl/8" });
        await rig.Recorder.RecordAsync(rig.Record());

        var callers = await rig.Get<UsageReports>().CallersAsync(UsageRig.Key, rig.Time.GetUtcNow().AddDays(-30), Cancel);

        var now = rig.Time.GetUtcNow();
        Assert.Equal(
            [
                new CallerSeen("10.20.4.17", "erp-prod/2.1", now.AddHours(-3), now, 3),
                new CallerSeen("10.20.4.18", "curl/8", now.AddMinutes(-30), now.AddMinutes(-30), 1),
            ],
            callers);
        Assert.Equal(
            [new CallerSeen("10.20.4.17", "erp-prod/2.1", now.AddHours(-3), now.AddHours(-3), 1)],
            await rig.Get<UsageReports>().CallersAsync(UsageRig.Key, now.AddHours(-4), now.AddHours(-1), Cancel));
    }

    private static DateTimeOffset Utc(string day) => new(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
