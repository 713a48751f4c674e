using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Flows;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.ApiKeys;

public sealed class ApiKeyServiceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Start);
    private PortalApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ApiKeyService Keys => _app.Get<ApiKeyService>();

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_time);
        await _app.FlowAsync("abc123");
        await _app.FlowAsync("inv200");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task The_store_holds_hash_and_hint_but_never_the_value()
    {
        var key = await _app.KeyAsync();
        var value = key.Token.Reveal();
        await Keys.NoteStorageAsync(key.Key.Id, "Vault, integrations/erp", Caller.CommandLine, Cancel);
        await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel);

        foreach (var file in Directory.EnumerateFiles(_app.DataDirectory, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(value[8..], await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_period_of_expiry_starts_anew_when_the_key_is_regenerated_and_the_settings_stay()
    {
        var settings = Given.Settings(permission: KeyPermission.SpecificFlows, flows: "abc123") with { Expiration = KeyExpiration.After(30), PerMinute = 5, Networks = ["10.0.0.0/8"] };
        var key = await _app.KeyAsync(settings);
        _time.Advance(TimeSpan.FromDays(40));
        Assert.Equal(KeyStatus.Expired, (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Status);

        var renewed = (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();

        Assert.NotEqual(key.Token, renewed.Token);
        Assert.Equal(key.Key.Id, renewed.Key.Id);
        Assert.Equal(KeyStatus.Active, renewed.Key.Status);
        Assert.Equal(Start.AddDays(70), renewed.Key.ExpiresAt);
        Assert.Equivalent(key.Key.Settings, renewed.Key.Settings);
    }

    [Fact]
    public async Task A_custom_expiry_stays_when_the_key_is_regenerated()
    {
        var end = Start.AddDays(200);
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.Until(end) });
        _time.Advance(TimeSpan.FromDays(40));

        Assert.Equal(end, (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Key.ExpiresAt);
    }

    [Fact]
    public async Task A_key_whose_custom_expiry_has_passed_gets_no_new_value_before_a_new_expiry()
    {
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.Until(Start.AddDays(1)) });
        _time.Advance(TimeSpan.FromDays(2));

        var refused = await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel);

        Assert.Equal((FailureKind.Conflict, "expiration"), (refused.Failure?.Kind, refused.Failure?.Field));
        (await Keys.UpdateAsync(key.Key.Id, key.Key.Settings with { Expiration = KeyExpiration.Until(Start.AddDays(9)) }, Caller.CommandLine, Cancel)).Require();
        Assert.Equal(Start.AddDays(9), (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Key.ExpiresAt);
    }

    [Fact]
    public async Task A_key_is_expired_from_the_instant_of_its_expiry()
    {
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.Until(Start.AddHours(1)) });

        _time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(KeyStatus.Active, (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Status);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(KeyStatus.Expired, (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Status);
    }

    [Fact]
    public async Task A_revoked_key_answers_a_second_revocation_with_the_first_and_is_never_regenerated_or_changed()
    {
        var key = await _app.KeyAsync();
        var first = (await Keys.RevokeAsync(key.Key.Id, "leaked", Caller.CommandLine, Cancel)).Require();
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(first, (await Keys.RevokeAsync(key.Key.Id, "again", Caller.CommandLine, Cancel)).Require());
        Assert.Equal(FailureKind.Conflict, (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Conflict, (await Keys.UpdateAsync(key.Key.Id, key.Key.Settings with { Name = "other" }, Caller.CommandLine, Cancel)).Failure?.Kind);
        Assert.Equal("leaked", (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().RevokedReason);
        (await Keys.DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();
        Assert.Equal(first, (await Keys.RevokeAsync(key.Key.Id, "once more", Caller.CommandLine, Cancel)).Require());
    }

    [Fact]
    public async Task A_deleted_key_leaves_the_list_but_its_details_and_history_stay()
    {
        var key = await _app.KeyAsync();
        Assert.True(await Keys.NameExistsAsync(key.Key.Name, null, Caller.CommandLine, Cancel));
        (await Keys.DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();

        Assert.False(await Keys.NameExistsAsync(key.Key.Name, null, Caller.CommandLine, Cancel));
        Assert.Empty((await Keys.ListAsync(new ApiKeyQuery(), Caller.CommandLine, Cancel)).Items);
        Assert.Equal(key.Key.Id, Assert.Single((await Keys.ListAsync(new ApiKeyQuery { Status = KeyStatus.Deleted }, Caller.CommandLine, Cancel)).Items).Id);
        Assert.Equal(KeyStatus.Deleted, (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Status);
        Assert.Equal(FailureKind.NotFound, (await Keys.DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel)).Failure?.Kind);
    }

    [Fact]
    public async Task Every_change_is_in_the_history_with_actor_and_difference()
    {
        var key = await _app.KeyAsync();
        await Keys.UpdateAsync(key.Key.Id, key.Key.Settings with { Name = "erp-order-sync-v2", PerMinute = 7 }, Caller.CommandLine, Cancel);
        await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel);
        await Keys.RevokeAsync(key.Key.Id, "rotated out", Caller.CommandLine, Cancel);
        await Keys.DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel);

        var history = await _app.Get<AuditLog>().ForSubjectAsync(ApiKeyService.AuditSubject, key.Key.Id, 0, 10, Cancel);

        Assert.Equal(["api_key.deleted", "api_key.revoked", "api_key.regenerated", "api_key.updated", "api_key.created"], history.Items.Select(e => e.Action));
        Assert.All(history.Items, e => Assert.Equal(ActorKind.CommandLine, e.ActorKind));
        Assert.Equal(
            """{"name":{"from":"erp-order-sync-production","to":"erp-order-sync-v2"},"perMinute":{"from":null,"to":7}}""",
            history.Items[3].Details);
    }

    [Fact]
    public async Task A_change_made_on_an_older_state_is_refused()
    {
        var key = await _app.KeyAsync();
        (await Keys.UpdateAsync(key.Key.Id, key.Key.Settings with { Name = "first" }, Caller.CommandLine, Cancel, key.Key.Version)).Require();

        var late = await Keys.UpdateAsync(key.Key.Id, key.Key.Settings with { Name = "second" }, Caller.CommandLine, Cancel, key.Key.Version);

        Assert.Equal(FailureKind.Conflict, late.Failure?.Kind);
        Assert.Equal("first", (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().Name);
    }

    [Fact]
    public async Task Changes_at_the_same_time_all_happen()
    {
        var key = await _app.KeyAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => i % 2 == 0
            ? Keys.NoteStorageAsync(key.Key.Id, $"place {i}", Caller.CommandLine, Cancel)
            : Keys.RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel) as Task));

        var details = (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();
        Assert.Equal(KeyStatus.Revoked, details.Status);
        Assert.StartsWith("place", details.StoredIn, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_is_no_administrator_reaches_only_their_own_keys()
    {
        var mine = await _app.KeyAsync(Given.Settings("mine"), owner: "mine@example.test", administrator: false);
        var theirs = await _app.KeyAsync(Given.Settings("theirs"));
        var me = await _app.UserAsync("mine@example.test");
        var caller = new Caller(new Actor(ActorKind.User, me.Id, "mine@example.test"), me.Id, PortalRole.Operator, AllKeys: false);

        Assert.Equal(mine.Key.Id, Assert.Single((await Keys.ListAsync(new ApiKeyQuery(), caller, Cancel)).Items).Id);
        Assert.Equal(FailureKind.NotFound, (await Keys.GetAsync(theirs.Key.Id, caller, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.NotFound, (await Keys.RevokeAsync(theirs.Key.Id, null, caller, Cancel)).Failure?.Kind);
        Assert.Null(await Keys.FindByTokenAsync(theirs.Token, caller, Cancel));
        Assert.Equal(theirs.Key.Id, (await Keys.FindByTokenAsync(theirs.Token, Caller.CommandLine, Cancel))?.Id);
    }

    [Fact]
    public async Task A_key_expires_soon_from_two_weeks_before_until_it_has()
    {
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.After(30) });
        await _app.KeyAsync(Given.Settings("lasting") with { Expiration = KeyExpiration.Never });

        _time.Advance(TimeSpan.FromDays(16));
        Assert.Empty(await SoonAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([key.Key.Id], await SoonAsync());
        _time.Advance(TimeSpan.FromDays(14));
        Assert.Empty(await SoonAsync());

        async Task<IEnumerable<string>> SoonAsync()
            => (await Keys.ListAsync(new() { ExpiresSoon = true }, Caller.CommandLine, Cancel)).Items.Select(k => k.Id);
    }

    [Fact]
    public async Task The_list_filters_sorts_and_pages_in_the_database()
    {
        var old = await _app.KeyAsync(Given.Settings("alpha-partner") with { Kind = KeyKind.Development, Expiration = KeyExpiration.Never });
        _time.Advance(TimeSpan.FromDays(31));
        var beta = await _app.KeyAsync(Given.Settings("Beta 100%", KeyPermission.ReadOnly), KeyEnvironment.Test);
        var gamma = await _app.KeyAsync(Given.Settings("gamma", KeyPermission.SpecificFlows, "abc123") with { Description = "for the ERP", Expiration = KeyExpiration.After(30) });

        Assert.Equal([old.Key.Id, beta.Key.Id, gamma.Key.Id], await ListAsync(new() { Sort = ApiKeySort.Name, Descending = false }));
        Assert.Equal([gamma.Key.Id, beta.Key.Id, old.Key.Id], await ListAsync(new() { Sort = ApiKeySort.Expires, Descending = false }));
        Assert.Equal([old.Key.Id], await ListAsync(new() { RotationDue = true }));
        Assert.Empty(await ListAsync(new() { Unused = true }));
        await _app.WorkspaceAsync(unusedDays: 30);
        Assert.Equal([old.Key.Id], await ListAsync(new() { Unused = true }));
        Assert.Equal([beta.Key.Id], await ListAsync(new() { Environment = KeyEnvironment.Test }));
        Assert.Equal([gamma.Key.Id], await ListAsync(new() { Permission = KeyPermission.SpecificFlows }));
        Assert.Equal([gamma.Key.Id], await ListAsync(new() { Search = "erp" }));
        Assert.Equal([beta.Key.Id], await ListAsync(new() { Search = "100%" }));
        Assert.Equal(3, (await ListAsync(new() { Search = "KEY_" })).Count);
        Assert.Empty(await ListAsync(new() { Search = "a_p" }));
        Assert.Equal([gamma.Key.Id], await ListAsync(new() { Search = gamma.Token.Hint }));

        // Any part of the hint, from wherever it was copied.
        for (var start = 0; start < gamma.Token.Hint.Length; start++)
        {
            Assert.Contains(gamma.Key.Id, await ListAsync(new() { Search = gamma.Token.Hint[start..] }), StringComparer.Ordinal);
            Assert.Contains(gamma.Key.Id, await ListAsync(new() { Search = gamma.Token.Hint[..(start + 1)] }), StringComparer.Ordinal);
        }
        Assert.Equal([beta.Key.Id], await ListAsync(new() { Sort = ApiKeySort.Name, Descending = false, Skip = 1, Take = 1 }));
        Assert.Equal(3, (await Keys.ListAsync(new() { Take = 1 }, Caller.CommandLine, Cancel)).Total);
    }

    [Fact]
    public async Task The_numbers_above_the_list_follow_every_change_whoever_made_it_and_the_clock()
    {
        var ada = await GatewayRig.AddUserAsync(_app, "ada@example.test", PortalRole.Operator);
        var key = await _app.KeyAsync(Given.Settings("erp-sync") with { Expiration = KeyExpiration.After(90) }, owner: "ada@example.test");
        await _app.KeyAsync(Given.Settings("dev-laptop") with { Expiration = KeyExpiration.Never });
        Assert.Equal((2, 0, 0), await CountsAsync(Caller.CommandLine));
        Assert.Equal((1, 0, 0), await CountsAsync(new Caller(Actor.CommandLine, ada, PortalRole.Operator, AllKeys: false)));

        _time.Advance(TimeSpan.FromDays(31));
        Assert.Equal((2, 0, 0), await CountsAsync(Caller.CommandLine));
        (await Keys.UpdateAsync(key.Key.Id, Given.Settings("erp-sync") with { Kind = KeyKind.Development, Expiration = KeyExpiration.After(90) }, Caller.CommandLine, Cancel)).Require();
        Assert.Equal((2, 1, 0), await CountsAsync(Caller.CommandLine));
        await _app.WorkspaceAsync(RotationSchedule.Recommended with { Development = 60 });
        Assert.Equal((2, 0, 0), await CountsAsync(Caller.CommandLine));
        _time.Advance(TimeSpan.FromDays(46));
        Assert.Equal((2, 1, 1), await CountsAsync(Caller.CommandLine));
        (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();
        Assert.Equal((2, 0, 0), await CountsAsync(Caller.CommandLine));
        (await Keys.UpdateAsync(key.Key.Id, Given.Settings("erp-sync") with { Description = "of plant 7", Expiration = KeyExpiration.After(90) }, Caller.CommandLine, Cancel)).Require();
        Assert.Equal(1, (await Keys.ListAsync(new() { Search = "plant" }, Caller.CommandLine, Cancel)).Total);
        (await Keys.UpdateAsync(key.Key.Id, Given.Settings("erp-sync") with { Description = "of hall 7", Expiration = KeyExpiration.After(90) }, Caller.CommandLine, Cancel)).Require();
        Assert.Equal(0, (await Keys.ListAsync(new() { Search = "plant" }, Caller.CommandLine, Cancel)).Total);

        UsageRig.Execute(Path.Combine(_app.DataDirectory, "portal.db"), "UPDATE ApiKeys SET DeletedAt = 1 WHERE Name = 'dev-laptop'");
        Assert.Equal((1, 0, 0), await CountsAsync(Caller.CommandLine));
        Assert.Equal(1, (await Keys.ListAsync(new(), Caller.CommandLine, Cancel)).Total);

        async Task<(int, int, int)> CountsAsync(Caller caller)
            => await Keys.CountsAsync(caller, Cancel) is var counts ? (counts.Total, counts.RotationDue, counts.ExpiresSoon) : default;
    }

    [Fact]
    public async Task Pasting_the_key_as_its_storage_place_is_refused()
    {
        var key = await _app.KeyAsync();

        var result = await Keys.NoteStorageAsync(key.Key.Id, $"FT_API_KEY={key.Token.Reveal()}", Caller.CommandLine, Cancel);

        Assert.Equal("storedIn", result.Failure?.Field);
    }

    private async Task<List<string>> ListAsync(ApiKeyQuery query)
        => [.. (await Keys.ListAsync(query, Caller.CommandLine, Cancel)).Items.Select(k => k.Id)];
}
