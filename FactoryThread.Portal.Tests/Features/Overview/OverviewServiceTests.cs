using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Overview;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Overview;

public sealed class OverviewServiceTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 10, 1, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private OverviewService Overview => _app.Get<OverviewService>();

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_clock);
        using var http = await _app.SignInAsync();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_key_may_do_more_than_needed_if_a_selected_flow_or_the_management_was_not_used()
    {
        var both = await KeyAsync("calls-both", s => s with { Permission = KeyPermission.SpecificFlows, Flows = ["abc123", "inv200"] });
        var one = await KeyAsync("calls-one", s => s with { Permission = KeyPermission.SpecificFlows, Flows = ["abc123", "inv200"] });
        var flowsOnly = await KeyAsync("full-flows-only");
        var manager = await KeyAsync("full-manages");
        var idle = await KeyAsync("full-idle");
        var expired = await KeyAsync("expired", s => s with { Expiration = KeyExpiration.After(30) });
        _clock.Advance(TimeSpan.FromDays(40));
        var young = await KeyAsync("young");
        await CallAsync(both, "abc123");
        await CallAsync(both, "inv200");
        await CallAsync(one, "abc123");
        await CallAsync(flowsOnly, "abc123");
        await CallAsync(manager, "abc123");
        await CallAsync(manager, null);
        await CallAsync(young, "abc123");
        await CallAsync(expired, "abc123");

        var found = await Overview.OverPrivilegedAsync(Caller.CommandLine, Cancel);

        Assert.Equal(["calls-one", "full-flows-only"], found.Keys.Select(k => k.Key.Name));
        Assert.Equal(2, found.Total);
        Assert.NotNull(idle);
    }

    [Fact]
    public async Task What_was_asked_for_in_vain_does_not_show_that_a_permission_is_needed()
    {
        var key = await KeyAsync("refused-there", s => s with { Permission = KeyPermission.SpecificFlows, Flows = ["abc123", "inv200"] });
        _clock.Advance(TimeSpan.FromDays(40));
        await CallAsync(key, "abc123");
        await CallAsync(key, "inv200", Outcome.Refused);

        Assert.Equal(1, (await Overview.OverPrivilegedAsync(Caller.CommandLine, Cancel)).Total);
    }

    [Fact]
    public async Task Keys_with_refused_and_failed_requests_come_by_their_number()
    {
        var few = await KeyAsync("few");
        var many = await KeyAsync("many");
        await KeyAsync("fine");
        await CallAsync(few, "abc123", Outcome.Failed);
        await CallAsync(many, "abc123", Outcome.Refused);
        await CallAsync(many, "abc123", Outcome.Refused);
        await CallAsync(many, "abc123");

        var troubled = await Overview.TroubledAsync(_clock.GetUtcNow().AddHours(-24), Caller.CommandLine, Cancel);

        Assert.Equal([("many", 0, 2), ("few", 1, 0)], troubled.Select(t => (t.Key.Name, (int)t.Counts.Failed, (int)t.Counts.Refused)));
    }

    [Fact]
    public async Task Others_than_administrators_see_their_own_keys_only()
    {
        var key = await KeyAsync("theirs");
        _clock.Advance(TimeSpan.FromDays(40));
        await CallAsync(key, "abc123");
        await CallAsync(key, "abc123", Outcome.Failed);
        var stranger = Caller.CommandLine with { UserId = "somebody-else", AllKeys = false };

        Assert.Equal(0, (await Overview.OverPrivilegedAsync(stranger, Cancel)).Total);
        Assert.Empty(await Overview.TroubledAsync(_clock.GetUtcNow().AddHours(-24), stranger, Cancel));
        Assert.Equal(0, (await Overview.AttentionAsync(stranger, Cancel)).Keys);
    }

    [Fact]
    public async Task Attention_counts_what_expires_is_overdue_or_unused()
    {
        await KeyAsync("expires", s => s with { Expiration = KeyExpiration.After(30) });
        await KeyAsync("forgotten", s => s with { Kind = KeyKind.Partner, Expiration = KeyExpiration.Never });
        _clock.Advance(TimeSpan.FromDays(15));
        Assert.Equal(0, (await Overview.AttentionAsync(Caller.CommandLine, Cancel)).ExpiringSoon);
        _clock.Advance(TimeSpan.FromDays(5));

        var soon = await Overview.AttentionAsync(Caller.CommandLine, Cancel);
        _clock.Advance(TimeSpan.FromDays(100));
        var later = await Overview.AttentionAsync(Caller.CommandLine, Cancel);

        Assert.Equal((2, 1, 0, 0), (soon.Keys, soon.ExpiringSoon, soon.RotationDue, soon.Unused));
        Assert.Equal((2, 0, 1), (later.Keys, later.ExpiringSoon, later.Unused));
    }

    private async Task<string> KeyAsync(string name, Func<ApiKeySettings, ApiKeySettings>? with = null)
    {
        var settings = new ApiKeySettings { Name = name };
        return (await _app.Get<ApiKeyService>().CreateAsync(new NewApiKey(with?.Invoke(settings) ?? settings, KeyEnvironment.Live), Caller.CommandLine, Cancel)).Require().Key.Id;
    }

    private async Task CallAsync(string keyId, string? flow, Outcome outcome = Outcome.Succeeded) => await _app.Get<UsageRecorder>().RecordAsync(new RequestRecord
    {
        At = _clock.GetUtcNow().ToUnixTimeMilliseconds(),
        KeyId = keyId,
        FlowId = flow,
        Route = "POST /flows/{flowId}/execute",
        Outcome = outcome,
        Code = outcome == Outcome.Succeeded ? "valid_key" : "flow_failed",
        Status = outcome == Outcome.Succeeded ? 200 : 502,
        DurationMicros = 1000,
    });
}
