using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Http;

/// <summary>New values over HTTP: for a key by a manager, and for a key by itself.</summary>
public sealed class RegenerateApiTests : IAsyncLifetime
{
    private const string Self = "/v1/keys/self/regenerate";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
    public async Task A_manager_regenerates_with_an_overlap_and_ends_it()
    {
        var manager = await ValueAsync(Given.Settings("management") with { Expiration = KeyExpiration.Never });
        var key = await _app.KeyAsync();

        var renewed = await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/regenerate", manager, """{"overlap":"1.00:00:00"}""");

        Assert.Equal((200, "no-store"), ((int)renewed.Status, renewed.Header("Cache-Control")));
        Assert.Equal("2026-11-25T12:00:00Z", renewed.Json.GetProperty("previousValidUntil").GetString());
        Assert.Equal(200, await ExecuteAsync(key.Token.Reveal()));
        Assert.Equal(204, (int)(await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/retire-previous", manager)).Status);
        Assert.Equal(401, await ExecuteAsync(key.Token.Reveal()));
        Assert.Equal(200, await ExecuteAsync(renewed.Json.GetProperty("key").GetString()!));
        Assert.Equal(204, (int)(await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/retire-previous", manager)).Status);
        Assert.Equal(404, (int)(await _http.SendPostAsync("/v1/keys/key_0000000000000000/retire-previous", manager)).Status);
    }

    [Theory]
    [InlineData("\"24:00:00\"")]
    [InlineData("\"24h\"")]
    [InlineData("\"-01:00:00\"")]
    [InlineData("\"31.00:00:00\"")]
    public async Task A_bad_overlap_names_the_field(string overlap)
    {
        var manager = await ValueAsync(Given.Settings("management") with { Expiration = KeyExpiration.Never });
        var key = await _app.KeyAsync();

        var answer = await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/regenerate", manager, $$"""{"overlap":{{overlap}}}""");

        Assert.Equal(422, (int)answer.Status);
        Assert.Contains("overlap", answer.Body, StringComparison.Ordinal);
        Assert.Equal(200, await ExecuteAsync(key.Token.Reveal()));
    }

    [Fact]
    public async Task A_flow_key_regenerates_itself_where_its_settings_allow_it_and_lives_no_longer()
    {
        var key = await _app.KeyAsync(Given.Settings("edge-gateway", KeyPermission.SpecificFlows, "abc123") with { Expiration = KeyExpiration.After(30), AllowSelfRegenerate = true });
        _time.Advance(TimeSpan.FromDays(10));

        var renewed = await _http.SendPostAsync(Self, key.Token.Reveal(), """{"overlap":"01:00:00"}""");

        Assert.Equal(200, (int)renewed.Status);
        Assert.Equal(key.Key.Id, renewed.Json.GetProperty("id").GetString());
        Assert.Equal("2026-12-24T12:00:00Z", renewed.Json.GetProperty("expiresAt").GetString());
        Assert.Equal(200, await ExecuteAsync(renewed.Json.GetProperty("key").GetString()!));
        Assert.Equal(200, await ExecuteAsync(key.Token.Reveal()));
        Assert.Equal("edge-gateway", (await _app.Get<Portal.Features.Audit.AuditLog>()
            .ForSubjectAsync(ApiKeyService.AuditSubject, key.Key.Id, 0, 1, Cancel)).Items[0].ActorName);
    }

    [Fact]
    public async Task Without_the_permission_of_its_settings_no_key_regenerates_itself()
    {
        var key = await ValueAsync(Given.Settings());

        var refused = await _http.SendPostAsync(Self, key);

        Assert.Equal((403, "insufficient_permission"), ((int)refused.Status, refused.Code));
        Assert.Equal(200, await ExecuteAsync(key));
    }

    [Fact]
    public async Task A_retiring_value_gives_nobody_a_new_one()
    {
        var manager = await ValueAsync(Given.Settings("management") with { Expiration = KeyExpiration.Never });
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.Never, AllowSelfRegenerate = true });
        Assert.Equal(200, (int)(await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/regenerate", manager, """{"overlap":"01:00:00"}""")).Status);
        var old = key.Token.Reveal();

        Assert.Equal(403, (int)(await _http.SendPostAsync(Self, old)).Status);
        Assert.Equal(403, (int)(await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/regenerate", old)).Status);
        Assert.Equal(403, (int)(await CreateAsync(old, "90d")).Status);
        Assert.Equal(201, (int)(await CreateAsync(old, "2026-11-24T12:30:00Z")).Status);
    }

    [Fact]
    public async Task A_retiring_value_of_a_key_that_expires_makes_no_key_that_outlives_the_value()
    {
        var manager = await ValueAsync(Given.Settings("management") with { Expiration = KeyExpiration.Never });
        var key = await _app.KeyAsync(Given.Settings() with { Expiration = KeyExpiration.After(90) });
        Assert.Equal(200, (int)(await _http.SendPostAsync($"/v1/keys/{key.Key.Id}/regenerate", manager, """{"overlap":"01:00:00"}""")).Status);
        var old = key.Token.Reveal();

        Assert.Equal(403, (int)(await CreateAsync(old, "30d")).Status);
        Assert.Equal(201, (int)(await CreateAsync(old, "2026-11-24T12:30:00Z")).Status);
    }

    [Fact]
    public async Task A_key_that_may_not_regenerate_itself_makes_none_that_may_and_cannot_allow_it_to_itself()
    {
        var key = await _app.KeyAsync(Given.Settings("management") with { Expiration = KeyExpiration.Never });
        var value = key.Token.Reveal();

        Assert.Equal(403, (int)(await CreateAsync(value, "90d", ""","allowSelfRegenerate":true""")).Status);
        Assert.Equal(403, (int)(await _http.CallAsync(HttpMethod.Patch, $"/v1/keys/{key.Key.Id}", value, """{"allowSelfRegenerate":true}""")).Status);

        var may = await ValueAsync(Given.Settings("rotator") with { Expiration = KeyExpiration.Never, AllowSelfRegenerate = true });
        var made = await CreateAsync(may, "90d", ""","allowSelfRegenerate":true""");
        Assert.Equal((201, true), ((int)made.Status, made.Json.GetProperty("allowSelfRegenerate").GetBoolean()));
    }

    [Fact]
    public async Task Of_two_that_regenerate_themselves_at_once_one_gets_the_key()
    {
        var value = await ValueAsync(Given.Settings() with { AllowSelfRegenerate = true });

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _http.SendPostAsync(Self, value)));

        var winner = Assert.Single(answers, a => (int)a.Status == 200);
        Assert.All(answers.Where(a => a != winner), a => Assert.True((int)a.Status is 401 or 403));
        Assert.Equal(200, await ExecuteAsync(winner.Json.GetProperty("key").GetString()!));
    }

    private Task<Answer> CreateAsync(string with, string expiration, string more = "")
        => _http.SendPostAsync("/v1/keys", with, $$"""{"name":"ci","environment":"live","permission":"full_access","expiration":"{{expiration}}"{{more}}}""");

    private async Task<string> ValueAsync(ApiKeySettings settings) => (await _app.KeyAsync(settings)).Token.Reveal();

    private async Task<int> ExecuteAsync(string value) => (int)(await _http.ExecuteAsync("abc123", value)).Status;
}
