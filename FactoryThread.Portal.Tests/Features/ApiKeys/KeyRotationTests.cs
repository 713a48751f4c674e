using System.Text.Json;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.ApiKeys;

/// <summary>Regenerating with an overlap, from the service to the gateway.</summary>
public sealed class KeyRotationTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ApiKeyService Keys => _app.Get<ApiKeyService>();

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_time);
        _http = _app.Http();
        await _app.FlowAsync("abc123");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task During_the_overlap_both_values_work_and_the_old_one_ends_at_its_instant_by_itself()
    {
        var key = await _app.KeyAsync();
        Assert.Equal(200, await CallAsync(key));

        var renewed = await RegenerateAsync(key, TimeSpan.FromHours(1));

        Assert.Equal(key.Key.Id, renewed.Key.Id);
        Assert.Equal((key.Token.Hint, _time.GetUtcNow().AddHours(1)), (renewed.Key.Previous?.Hint, renewed.Key.Previous?.ValidUntil));
        Assert.Equal(200, await CallAsync(renewed));
        _time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        var last = await _http.ExecuteAsync("abc123", key.Token.Reveal());
        Assert.Equal((200, "2026-11-24T13:00:00Z"), ((int)last.Status, last.Header("X-Key-Expires-At")));
        Assert.Null((await _http.ExecuteAsync("abc123", renewed.Token.Reveal())).Header("X-Key-Expires-At"));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("replaced_key", (await _http.ExecuteAsync("abc123", key.Token.Reveal())).Code);
        Assert.Equal(200, await CallAsync(renewed));
        Assert.Null((await DetailsAsync(key)).Previous);
    }

    [Fact]
    public async Task Revoking_refuses_both_values_at_once()
    {
        var key = await _app.KeyAsync();
        var renewed = await RegenerateAsync(key, TimeSpan.FromDays(7));
        Assert.Equal((200, 200), (await CallAsync(key), await CallAsync(renewed)));

        await Keys.RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel);

        Assert.Equal("revoked_key", (await _http.ExecuteAsync("abc123", key.Token.Reveal())).Code);
        Assert.Equal("revoked_key", (await _http.ExecuteAsync("abc123", renewed.Token.Reveal())).Code);
        Assert.Null((await DetailsAsync(key)).Previous);
    }

    [Fact]
    public async Task Regenerating_during_an_overlap_refuses_the_oldest_value_at_once()
    {
        var first = await _app.KeyAsync();
        var second = await RegenerateAsync(first, TimeSpan.FromDays(7));
        var third = await RegenerateAsync(first, TimeSpan.FromDays(1));

        Assert.Equal("replaced_key", (await _http.ExecuteAsync("abc123", first.Token.Reveal())).Code);
        Assert.Equal((200, 200), (await CallAsync(second), await CallAsync(third)));
        Assert.Equal(second.Token.Hint, third.Key.Previous?.Hint);
    }

    [Fact]
    public async Task Retiring_now_ends_the_overlap_with_the_answer_and_is_on_record_once()
    {
        var key = await _app.KeyAsync();
        var renewed = await RegenerateAsync(key, TimeSpan.FromDays(7));
        Assert.Equal(200, await CallAsync(key));

        Assert.Null((await Keys.RetirePreviousAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Previous);
        Assert.True((await Keys.RetirePreviousAsync(key.Key.Id, Caller.CommandLine, Cancel)).Succeeded(out _, out _));

        Assert.Equal("replaced_key", (await _http.ExecuteAsync("abc123", key.Token.Reveal())).Code);
        Assert.Equal(200, await CallAsync(renewed));
        var record = await _app.Get<AuditLog>().ForSubjectAsync(ApiKeyService.AuditSubject, key.Key.Id, 0, 10, Cancel);
        Assert.Equal(["api_key.previous_retired", "api_key.regenerated", "api_key.created"], record.Items.Select(e => e.Action));
        using var details = JsonDocument.Parse(record.Items[0].Details!);
        var ends = details.RootElement.GetProperty("previousValidUntil");
        Assert.Equal((_time.GetUtcNow().AddDays(7), _time.GetUtcNow()), (ends.GetProperty("from").GetDateTimeOffset(), ends.GetProperty("to").GetDateTimeOffset()));
        Assert.DoesNotContain(record.Items, e => e.Details?.Contains(renewed.Token.Reveal(), StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task An_overlap_never_lengthens_the_life_of_the_old_value()
    {
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.After(30) });
        _time.Advance(TimeSpan.FromDays(29));
        var renewed = await RegenerateAsync(key, TimeSpan.FromDays(7));

        Assert.Equal(key.Key.ExpiresAt, renewed.Key.Previous?.ValidUntil);
        Assert.Equal(_time.GetUtcNow().AddDays(30), renewed.Key.ExpiresAt);

        _time.Advance(TimeSpan.FromDays(31));
        var again = await RegenerateAsync(key, TimeSpan.FromDays(7));
        Assert.Null(again.Key.Previous);
        Assert.Equal("replaced_key", (await _http.ExecuteAsync("abc123", renewed.Token.Reveal())).Code);
        Assert.Equal(200, await CallAsync(again));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData((30 * 24 * 3600) + 1)]
    public async Task An_overlap_out_of_range_is_refused_and_changes_nothing(int seconds)
    {
        var key = await _app.KeyAsync();

        var refused = await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel, TimeSpan.FromSeconds(seconds));

        Assert.Equal((FailureKind.Invalid, "overlap"), (refused.Failure?.Kind, refused.Failure?.Field));
        Assert.Equal(200, await CallAsync(key));
    }

    [Fact]
    public async Task The_longest_overlap_is_thirty_days()
    {
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.Never });

        Assert.Equal(_time.GetUtcNow().AddDays(30), (await RegenerateAsync(key, TimeSpan.FromDays(30))).Key.Previous?.ValidUntil);
    }

    [Fact]
    public async Task The_records_tell_which_value_was_used()
    {
        var key = await _app.KeyAsync();
        var renewed = await RegenerateAsync(key, TimeSpan.FromHours(1));
        await CallAsync(key);
        await CallAsync(renewed);
        await CallAsync(key);

        var requests = await _app.Get<Portal.Features.Usage.RequestLog>().RequestsAsync(new() { KeyId = key.Key.Id }, Cancel);
        var old = renewed.Key.Previous!.SecretId;
        Assert.Equal([old, old], requests.Items.Select(r => r.SecretId).Where(s => s == old));
        Assert.Equal(3, requests.Items.Count);
    }

    [Fact]
    public async Task Users_of_the_retiring_value_are_those_who_presented_it_and_not_an_older_one()
    {
        var first = await _app.KeyAsync();
        await CallAsync(first);
        var second = await RegenerateAsync(first, TimeSpan.FromDays(7));
        await CallAsync(second);
        await CallAsync(second);
        var third = await RegenerateAsync(first, TimeSpan.FromDays(7));
        foreach (var _ in Enumerable.Range(0, 4))
        {
            await CallAsync(third);
        }

        var users = await _app.Get<Portal.Features.Usage.CallLog>()
            .UsersOfValueAsync(first.Key.Id, third.Key.Previous!.SecretId, _time.GetUtcNow().AddDays(-1), Cancel);

        Assert.Equal(2, Assert.Single(users.Latest).Requests);
    }

    [Fact]
    public async Task The_schedule_of_the_workspace_decides_what_is_due()
    {
        var partner = await _app.KeyAsync(Given.Settings("partner-acme") with { Kind = KeyKind.Partner, Expiration = KeyExpiration.Never });
        var development = await _app.KeyAsync(Given.Settings("dev-laptop") with { Kind = KeyKind.Development, Expiration = KeyExpiration.Never });
        var production = await _app.KeyAsync(Given.Settings("erp-sync") with { Expiration = KeyExpiration.Never });
        _time.Advance(TimeSpan.FromDays(31));

        Assert.Equal([development.Key.Id], await DueAsync());
        Assert.Equal(_time.GetUtcNow().AddDays(-1), (await DetailsAsync(development)).RotationDueAt);

        await _app.WorkspaceAsync(RotationSchedule.Recommended with { Partner = 10, Development = 60, Production = 45 });
        Assert.Equal([partner.Key.Id], await DueAsync());
        var plan = await Keys.PlanRotationAsync(30, 50, Caller.CommandLine, Cancel);
        Assert.Equal([partner.Key.Id, production.Key.Id, development.Key.Id], plan.Keys.Select(k => k.Id));
        Assert.Equal((3, 1), (plan.Total, plan.Overdue));
        Assert.Equal([partner.Key.Id], (await Keys.PlanRotationAsync(13, 50, Caller.CommandLine, Cancel)).Keys.Select(k => k.Id));
        Assert.Equal((1, 3), (await Keys.PlanRotationAsync(30, 1, Caller.CommandLine, Cancel)) is var first ? (first.Keys.Count, first.Total) : default);

        await RegenerateAsync(partner);
        Assert.Empty(await DueAsync());

        async Task<IEnumerable<string>> DueAsync()
            => (await Keys.ListAsync(new ApiKeyQuery { RotationDue = true }, Caller.CommandLine, Cancel)).Items.Select(k => k.Id);
    }

    private async Task<RevealedKey> RegenerateAsync(RevealedKey key, TimeSpan overlap = default)
        => (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel, overlap)).Require();

    private async Task<ApiKeyDetails> DetailsAsync(RevealedKey key) => (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();

    private async Task<int> CallAsync(RevealedKey key) => (int)(await _http.ExecuteAsync("abc123", key.Token.Reveal())).Status;
}
