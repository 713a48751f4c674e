using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Incidents;

public sealed class IncidentServiceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Now);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reported_key_is_revoked_replaced_with_the_same_settings_and_recorded()
    {
        await using var app = PortalApp.Start(_time);
        var key = await app.KeyAsync(Given.Settings("erp", KeyPermission.SpecificFlows, "abc123") with { PerMinute = 7, Networks = ["127.0.0.0/8"], Kind = KeyKind.Partner });
        var since = Now.AddDays(-3);

        var outcome = (await app.Get<IncidentService>().ReportAsync(key.Key.Id, new CompromiseWish(since, " Found in a wiki ", true), Caller.CommandLine, Cancel)).Require();

        using var http = app.Http();
        Assert.Equal("revoked_key", (await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Code);
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", outcome.Replacement!.Token.Reveal(), "{}")).Status);
        var made = outcome.Replacement.Key;
        Assert.NotEqual(key.Key.Id, made.Id);
        Assert.Empty(ApiKeyDifference.Between(key.Key.Settings, made.Settings));
        Assert.Equal((key.Key.OwnerId, key.Key.Environment), (made.OwnerId, made.Environment));
        var report = (await app.Get<IncidentService>().ReportOfAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();
        Assert.Equal(
            (since, "Found in a wiki", outcome.Revocation.RevokedAt, made.Id, made.Hint, Caller.CommandLine.Actor.Name),
            (report.SuspectedSince, report.Note, report.RefusedSince, report.ReplacementId, report.ReplacementHint, report.ReportedBy));
        Assert.Contains("api_key.reported_compromised", (await app.Get<AuditLog>().ForSubjectAsync("api_key", key.Key.Id, 0, 10, Cancel)).Items.Select(e => e.Action));
    }

    [Fact]
    public async Task Use_since_the_date_is_told_apart_from_the_use_before()
    {
        await using var app = PortalApp.Start(_time);
        var key = (await app.KeyAsync()).Key;
        _time.Advance(TimeSpan.FromHours(4));
        var suspected = Now.AddHours(2);
        await CallAsync(app, key.Id, Now.AddMinutes(5), "10.0.0.1", "abc123", times: 6);
        await CallAsync(app, key.Id, suspected.AddMinutes(1), "10.0.0.1", "abc123", times: 2);
        await CallAsync(app, key.Id, suspected.AddMinutes(2), "203.0.113.9", "inv200", times: 3, agent: "curl/8.5");
        await CallAsync(app, key.Id, suspected.AddMinutes(3), "203.0.113.9", null, times: 1, agent: "curl/8.5", outcome: Outcome.Refused);

        var use = (await app.Get<IncidentService>().UseSinceAsync(key.Id, suspected.AddMinutes(2), Caller.CommandLine, Cancel)).Require();

        Assert.Equal((6, 5, 0, 1), (use.Requests, use.Succeeded, use.Failed, use.Refused));
        Assert.Equal((6, 6), (use.PerDay, use.PerDayBefore));
        Assert.Equal((1, 1, false), (use.NewAddresses, use.NewFlows, use.Cut));
        Assert.Equal(
            new SuspectCaller("203.0.113.9", "curl/8.5", suspected.AddMinutes(2), suspected.AddMinutes(3), 4, 1, true),
            use.Callers[0]);
        Assert.Equal(("10.0.0.1", false, 2), (use.Callers[1].Address, use.Callers[1].IsNew, use.Callers[1].Requests));
        Assert.Contains(new SuspectFlow("inv200", 3, 0, true), use.Flows);
        Assert.Contains(new SuspectFlow("abc123", 2, 6, false), use.Flows);
    }

    [Fact]
    public async Task The_replacement_belongs_to_the_keys_owner_and_not_to_whoever_reports()
    {
        await using var app = PortalApp.Start(_time);
        var ada = await app.UserAsync("ada@example.test");
        var key = await app.KeyAsync(owner: "eve@example.test", administrator: false);
        var reporter = Caller.Administrator(new Actor(ActorKind.User, ada.Id, "ada@example.test"), ada.Id);

        var outcome = (await app.Get<IncidentService>().ReportAsync(key.Key.Id, new CompromiseWish(Now, null, true), reporter, Cancel)).Require();

        Assert.NotEqual(ada.Id, key.Key.OwnerId);
        Assert.Equal(key.Key.OwnerId, outcome.Replacement!.Key.OwnerId);
    }

    [Fact]
    public async Task What_is_usual_is_that_of_the_thirty_days_before()
    {
        await using var app = PortalApp.Start(_time);
        var key = (await app.KeyAsync()).Key;
        _time.Advance(TimeSpan.FromDays(40));
        var suspected = _time.GetUtcNow().AddHours(-2);
        await CallAsync(app, key.Id, Now.AddMinutes(5), "10.0.0.1", "abc123", times: 90);
        await CallAsync(app, key.Id, Now.AddMinutes(5), "10.0.0.1", "inv200", times: 3);
        await CallAsync(app, key.Id, suspected.AddDays(-10), "10.0.0.1", "abc123", times: 60);
        await CallAsync(app, key.Id, suspected.AddMinutes(1), "10.0.0.1", "abc123", times: 5);
        await CallAsync(app, key.Id, suspected.AddMinutes(1), "10.0.0.1", "inv200", times: 1);

        var use = (await app.Get<IncidentService>().UseSinceAsync(key.Id, suspected, Caller.CommandLine, Cancel)).Require();

        Assert.Equal((6, 2), (use.PerDay, use.PerDayBefore));
        // A flow that was used at any time is not new, even if it is not usual.
        Assert.Equal([new SuspectFlow("abc123", 5, 2, false), new SuspectFlow("inv200", 1, 0, false)], use.Flows);
    }

    [Fact]
    public async Task A_callers_failed_requests_are_not_among_its_refused_ones()
    {
        await using var app = PortalApp.Start(_time);
        var key = (await app.KeyAsync()).Key;
        _time.Advance(TimeSpan.FromHours(1));
        await CallAsync(app, key.Id, Now.AddMinutes(5), "203.0.113.9", "abc123", times: 2);
        await CallAsync(app, key.Id, Now.AddMinutes(6), "203.0.113.9", "abc123", times: 3, outcome: Outcome.Failed);
        await CallAsync(app, key.Id, Now.AddMinutes(7), "203.0.113.9", "abc123", times: 1, outcome: Outcome.Refused);

        var use = (await app.Get<IncidentService>().UseSinceAsync(key.Id, Now, Caller.CommandLine, Cancel)).Require();

        Assert.Equal((2, 3, 1), (use.Succeeded, use.Failed, use.Refused));
        var caller = Assert.Single(use.Callers);
        Assert.Equal((6, 1), (caller.Requests, caller.Refused));
    }

    [Fact]
    public async Task An_address_with_two_programs_is_one_new_address()
    {
        await using var app = PortalApp.Start(_time);
        var key = (await app.KeyAsync()).Key;
        _time.Advance(TimeSpan.FromHours(1));
        await CallAsync(app, key.Id, Now.AddMinutes(5), "203.0.113.9", "abc123");
        await CallAsync(app, key.Id, Now.AddMinutes(6), "203.0.113.9", "abc123", agent: "curl/8.5");

        var use = (await app.Get<IncidentService>().UseSinceAsync(key.Id, Now, Caller.CommandLine, Cancel)).Require();

        Assert.Equal((2, 1), (use.Callers.Count, use.NewAddresses));
    }

    [Fact]
    public async Task The_report_has_everything_but_a_key_and_nobody_can_write_markup_into_it()
    {
        await using var app = PortalApp.Start(_time);
        var key = await app.KeyAsync(Given.Settings("erp | [x](http://evil) <b>"));
        await CallAsync(app, key.Key.Id, Now.AddSeconds(-1), "203.0.113.9", "abc123", agent: "a|b `c` <script>\n# x");
        var outcome = (await app.Get<IncidentService>().ReportAsync(key.Key.Id, new CompromiseWish(Now.AddHours(-1), null, true), Caller.CommandLine, Cancel)).Require();
        var report = (await app.Get<IncidentService>().ReportOfAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();

        var (markdown, json) = (IncidentText.Markdown(report), IncidentText.Json(report));

        foreach (var text in (string[])[markdown, json])
        {
            Assert.False(KeyPaste.LooksLikeKey(text), text);
            Assert.Contains(key.Key.Hint, text, StringComparison.Ordinal);
            Assert.Contains(outcome.Replacement!.Key.Id, text, StringComparison.Ordinal);
            Assert.Contains("203.0.113.9", text, StringComparison.Ordinal);
        }

        Assert.Contains(@"a\|b \`c\` \<script\> \# x", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("[x](", markdown, StringComparison.Ordinal);
        var parsed = System.Text.Json.JsonDocument.Parse(json).RootElement;
        Assert.Equal("2026-11-24T11:00:00.000Z", parsed.GetProperty("suspectedSince").GetString());
        Assert.True(parsed.GetProperty("use").GetProperty("callers")[0].GetProperty("isNew").GetBoolean());
    }

    [Fact]
    public async Task Bad_wishes_name_the_field_and_revoke_nothing()
    {
        await using var app = PortalApp.Start(_time);
        var key = await app.KeyAsync();
        var incidents = app.Get<IncidentService>();

        Assert.Equal("since", (await incidents.ReportAsync(key.Key.Id, new CompromiseWish(Now.AddMinutes(1), null, true), Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal("note", (await incidents.ReportAsync(key.Key.Id, new CompromiseWish(Now, key.Token.Reveal(), true), Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal("note", (await incidents.ReportAsync(key.Key.Id, new CompromiseWish(Now, new string('x', 901), true), Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal(FailureKind.NotFound, (await incidents.ReportOfAsync(key.Key.Id, Caller.CommandLine, Cancel)).Failure?.Kind);
        Assert.Equal(KeyStatus.Active, (await app.Get<ApiKeyService>().GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Status);
    }

    [Fact]
    public async Task A_key_that_cannot_be_replaced_is_revoked_all_the_same_and_the_reason_is_said()
    {
        await using var app = PortalApp.Start(_time);
        var key = await app.KeyAsync(Given.Settings() with { Expiration = new KeyExpiration(null, Now.AddHours(1)) });
        _time.Advance(TimeSpan.FromHours(2));

        var outcome = (await app.Get<IncidentService>().ReportAsync(key.Key.Id, new CompromiseWish(Now, null, true), Caller.CommandLine, Cancel)).Require();

        Assert.Null(outcome.Replacement);
        Assert.NotNull(outcome.NoReplacement);
        Assert.Equal(KeyStatus.Revoked, (await app.Get<ApiKeyService>().GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Status);
    }

    private static async Task CallAsync(
        PortalApp app, string keyId, DateTimeOffset at, string address, string? flow, int times = 1, string agent = "erp-sync/2.1", Outcome outcome = Outcome.Succeeded)
    {
        for (var i = 0; i < times; i++)
        {
            await app.Get<UsageRecorder>().RecordAsync(new RequestRecord
            {
                At = at.ToUnixTimeMilliseconds(),
                KeyId = keyId,
                FlowId = flow,
                Route = "POST /flows/{flowId}/execute",
                Outcome = outcome,
                Code = "valid_key",
                Status = 200,
                DurationMicros = 1000,
                Address = address,
                UserAgent = agent,
            });
        }
    }
}
