using System.Globalization;
using System.Text.Json;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Http;

public sealed class KeyManagementApiTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;
    private HttpClient _http = null!;
    private string _key = "";

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_time);
        _http = _app.Http();
        await _app.FlowAsync("abc123");
        _key = (await _app.KeyAsync(Given.Settings("management") with { Expiration = KeyExpiration.Never })).Token.Reveal();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_key_is_created_read_changed_regenerated_revoked_and_deleted()
    {
        var created = await _http.SendPostAsync("/v1/keys", _key, """
            {"name":"ci-nightly","description":"nightly","environment":"test","kind":"ci_cd","permission":"specific_flows","flows":["abc123"],
             "expiration":"30d","limits":{"perMinute":5,"perDay":50},"networks":["127.0.0.0/8"],"allowInUrl":false}
            """);
        Assert.Equal(201, (int)created.Status);
        Assert.Equal("no-store", created.Header("Cache-Control"));
        var id = created.Json.GetProperty("id").GetString();
        var value = created.Json.GetProperty("key").GetString()!;
        Assert.Equal($"/v1/keys/{id}", created.Header("Location"));
        Assert.Matches("^ft_test_[0-9A-Za-z]{40}$", value);

        var read = await _http.SendGetAsync($"/v1/keys/{id}", _key);
        Assert.Equal(
            $$"""{"id":"{{id}}","name":"ci-nightly","description":"nightly","environment":"test","kind":"ci_cd","permission":"specific_flows","flows":["abc123"],"expiresAt":"2026-12-24T12:00:00Z","limits":{"perMinute":5,"perDay":50},"networks":["127.0.0.0/8"],"allowInUrl":false,"allowSelfRegenerate":false,"owner":"owner@example.test","hint":"{{value[..12]}}…{{value[^4..]}}","status":"active","createdAt":"2026-11-24T12:00:00Z","lastUsedAt":null}""",
            JsonSerializer.Serialize(read.Json, Relaxed));

        var changed = await _http.CallAsync(HttpMethod.Patch, $"/v1/keys/{id}", _key, """{"name":"ci-hourly","limits":{"perMinute":null},"description":null}""");
        Assert.Equal(("ci-hourly", 600, 50), (changed.Json.GetProperty("name").GetString(), Limit(changed, "perMinute"), Limit(changed, "perDay")));
        Assert.Equal(JsonValueKind.Null, changed.Json.GetProperty("description").ValueKind);

        var renewed = await _http.SendPostAsync($"/v1/keys/{id}/regenerate", _key);
        Assert.Equal(("no-store", 200), (renewed.Header("Cache-Control"), (int)renewed.Status));
        Assert.NotEqual(value, renewed.Json.GetProperty("key").GetString());
        Assert.Equal("replaced_key", (await _http.ExecuteAsync("abc123", value)).Code);
        Assert.Equal(200, (int)(await _http.ExecuteAsync("abc123", renewed.Json.GetProperty("key").GetString())).Status);

        var revoked = await _http.SendPostAsync($"/v1/keys/{id}/revoke", _key, """{"reason":"done"}""");
        Assert.Equal($$"""{"id":"{{id}}","revokedAt":"2026-11-24T12:00:00Z"}""", revoked.Body);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(revoked.Body, (await _http.SendPostAsync($"/v1/keys/{id}/revoke", _key)).Body);
        Assert.Equal(409, (int)(await _http.SendPostAsync($"/v1/keys/{id}/regenerate", _key)).Status);

        Assert.Equal(204, (int)(await _http.CallAsync(HttpMethod.Delete, $"/v1/keys/{id}", _key)).Status);
        Assert.Equal(404, (int)(await _http.CallAsync(HttpMethod.Delete, $"/v1/keys/{id}", _key)).Status);
    }

    [Fact]
    public async Task Of_changes_at_the_same_time_none_undoes_another_that_was_answered()
    {
        var id = (await _app.KeyAsync()).Key.Id;
        for (var i = 1; i <= 20; i++)
        {
            var answers = await Task.WhenAll(ChangeAsync(new { description = $"{i}" }), ChangeAsync(new { limits = new { perMinute = i } }));

            var key = await _http.SendGetAsync($"/v1/keys/{id}", _key);
            Assert.All(answers, a => Assert.True((int)a.Status is 200 or 409, a.Body));
            Assert.Equal(
                answers.Select(a => (int)a.Status == 200),
                [key.Json.GetProperty("description").GetString() == $"{i}", Limit(key, "perMinute") == i]);
        }

        Task<Answer> ChangeAsync(object change) => _http.CallAsync(HttpMethod.Patch, $"/v1/keys/{id}", _key, JsonSerializer.Serialize(change));
    }

    [Fact]
    public async Task Instants_are_answered_as_they_are_stored()
    {
        _time.Advance(TimeSpan.FromTicks(12_345));
        var created = await _http.SendPostAsync("/v1/keys", _key, """{"name":"x","environment":"live","permission":"full_access","expiration":"30d"}""");
        var id = created.Json.GetProperty("id").GetString();
        var read = await _http.SendGetAsync($"/v1/keys/{id}", _key);
        Assert.Equal(read.Json.GetProperty("createdAt").GetString(), created.Json.GetProperty("createdAt").GetString());
        Assert.Equal(read.Json.GetProperty("expiresAt").GetString(), created.Json.GetProperty("expiresAt").GetString());

        var revoked = await _http.SendPostAsync($"/v1/keys/{id}/revoke", _key);
        Assert.Equal(revoked.Body, (await _http.SendPostAsync($"/v1/keys/{id}/revoke", _key)).Body);
    }

    [Fact]
    public async Task An_unknown_address_is_404_for_every_method()
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete])
        {
            Assert.Equal("not_found", (await _http.CallAsync(method, "/v1/nothing/here", _key)).Code);
        }
    }

    [Fact]
    public async Task A_list_is_paged_by_cursor_without_repeating_or_missing_a_key()
    {
        for (var i = 0; i < 5; i++)
        {
            await _app.KeyAsync(Given.Settings($"key-number-{i}"));
            _time.Advance(TimeSpan.FromMilliseconds(i % 2));
        }

        var seen = new List<string?>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await _http.SendGetAsync($"/v1/keys?limit=2&search=key-number&cursor={cursor}", _key);
            seen.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(k => k.GetProperty("name").GetString()));
            cursor = page.Json.GetProperty("next").GetString();
        }

        Assert.Equal(["key-number-0", "key-number-1", "key-number-2", "key-number-3", "key-number-4"], seen.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"environment":"live","permission":"full_access"}""", 422, "name")]
    [InlineData("""{"name":"x","permission":"full_access"}""", 422, "environment")]
    [InlineData("""{"name":"x","environment":"live"}""", 422, "permission")]
    [InlineData("""{"name":"x","environment":"live","permission":"root"}""", 422, "permission")]
    [InlineData("""{"name":"x","environment":"live","permission":"specific_flows"}""", 422, "flows")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","flows":["abc123"]}""", 422, "flows")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","expiration":"31d"}""", 422, "expiration")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","expiration":"2020-01-01T00:00:00Z"}""", 422, "expiration")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","limits":{"perMinute":0}}""", 422, "limits.perMinute")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","limits":{"perDay":3000000000}}""", 422, "limits.perDay")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","networks":["10.0.0.0/99"]}""", 422, "networks")]
    [InlineData("""{"name":"x","environment":"live","permission":"full_access","owner":"nobody@example.test"}""", 422, "owner")]
    [InlineData("""{"name":5}""", 400, "name")]
    [InlineData("""{"colour":"red"}""", 400, "colour")]
    [InlineData("""{"name":"a","name":"b"}""", 400, null)]
    [InlineData("""{"name":"\ud800","environment":"live","permission":"full_access"}""", 400, "name")]
    [InlineData("""{"name":"x","description":"\ud800","environment":"live","permission":"full_access"}""", 422, "description")]
    [InlineData("""{"name":"x","description":5,"environment":"live","permission":"full_access"}""", 422, "description")]
    [InlineData("[]", 400, null)]
    [InlineData("{", 400, null)]
    public async Task Bad_input_names_its_field_and_makes_nothing(string body, int status, string? field)
    {
        var answer = await _http.SendPostAsync("/v1/keys", _key, body);

        Assert.True(status == (int)answer.Status, answer.Body);
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType?.MediaType);
        if (field is not null)
        {
            Assert.Equal(field, answer.Json.GetProperty("field").GetString());
        }

        Assert.Single((await _http.SendGetAsync("/v1/keys", _key)).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_body_of_20_MB_is_413()
        => Assert.Equal("body_too_large", (await _http.SendPostAsync("/v1/keys", _key, $$"""{"name":"{{new string('x', 20 * 1024 * 1024)}}"}""")).Code);

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=ten")]
    [InlineData("cursor=%00")]
    [InlineData("cursor=bm9uc2Vuc2U")]
    [InlineData("status=lost")]
    [InlineData("environment=prod")]
    public async Task A_bad_query_is_400(string query) => Assert.Equal(400, (int)(await _http.SendGetAsync($"/v1/keys?{query}", _key)).Status);

    [Fact]
    public async Task A_key_never_makes_more_than_it_is()
    {
        var end = _time.GetUtcNow().AddDays(10);
        var narrow = (await _app.KeyAsync(
            Given.Settings("narrow") with { Expiration = KeyExpiration.Until(end), PerMinute = 10, PerDay = 100, Networks = ["127.0.0.0/8", "::1", "10.0.0.0/8"], AllowInUrl = false })).Token.Reveal();
        var fits = new Dictionary<string, object>
        {
            ["name"] = "child",
            ["environment"] = "live",
            ["permission"] = "full_access",
            ["expiration"] = end.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["limits"] = new { perMinute = 10, perDay = 100 },
            ["networks"] = (string[])["127.0.0.1"],
            ["allowInUrl"] = false,
        };
        Assert.Equal(201, (int)(await _http.SendPostAsync("/v1/keys", narrow, JsonSerializer.Serialize(fits))).Status);

        foreach (var (field, wider) in new (string, object)[]
        {
            ("expiration", "30d"), ("expiration", "never"), ("limits", new { perMinute = 11, perDay = 100 }), ("limits", new { perMinute = 10 }),
            ("networks", Array.Empty<string>()), ("allowInUrl", true), ("networks", (string[])["0.0.0.0/0"]), ("networks", (string[])["10.0.0.0/7"]),
        })
        {
            var answer = await _http.SendPostAsync("/v1/keys", narrow, JsonSerializer.Serialize(new Dictionary<string, object>(fits) { [field] = wider }));
            Assert.Equal((403, "insufficient_permission"), ((int)answer.Status, answer.Code));
        }
    }

    [Fact]
    public async Task A_test_key_reaches_no_live_key_and_a_key_only_its_owners()
    {
        var live = await _app.KeyAsync(Given.Settings("live-one"));
        var test = (await _app.KeyAsync(Given.Settings("test-one"), KeyEnvironment.Test)).Token.Reveal();
        var engineers = (await _app.KeyAsync(Given.Settings("engineers"), owner: "engineer@example.test", administrator: false)).Token.Reveal();

        Assert.Equal(404, (int)(await _http.SendGetAsync($"/v1/keys/{live.Key.Id}", test)).Status);
        Assert.Equal(404, (int)(await _http.SendPostAsync($"/v1/keys/{live.Key.Id}/revoke", test)).Status);
        Assert.Equal(403, (int)(await _http.SendPostAsync("/v1/keys", test, """{"name":"x","environment":"live","permission":"full_access","expiration":"30d"}""")).Status);
        Assert.Equal(404, (int)(await _http.SendGetAsync($"/v1/keys/{live.Key.Id}", engineers)).Status);
        Assert.Equal("engineers", Assert.Single((await _http.SendGetAsync("/v1/keys", engineers)).Json.GetProperty("items").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(200, (int)(await _http.SendGetAsync($"/v1/keys/{live.Key.Id}", _key)).Status);
    }

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static int Limit(Answer answer, string name) => answer.Json.GetProperty("limits").GetProperty(name).GetInt32();
}
