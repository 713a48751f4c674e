using System.Net;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Access.Http;

/// <summary>A test per row of the contract's verdict table, at the gateway.</summary>
public sealed class VerdictTests : IAsyncLifetime
{
    private const string Unknown = "ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ApiKeyService Keys => _app.Get<ApiKeyService>();

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_time, new() { ["Access:FailuresPerMinute"] = "5", ["Portal:SupportContact"] = "it-desk@example.test" });
        _http = _app.Http();
        await _app.FlowAsync("abc123", route: "orders");
        await _app.FlowAsync("inv200");
        await _app.FlowAsync("draft1", published: false);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_valid_key_executes_and_is_told_its_limits()
    {
        var key = await NewKeyAsync();

        var answer = await _http.ExecuteAsync("abc123", key, """{"customerId":"C001"}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("C001", answer.Json.GetProperty("output").GetProperty("customerId").GetString());
        Assert.Equal("\"minute\";q=600;w=60, \"day\";q=100000;w=86400", answer.Header("RateLimit-Policy"));
        Assert.Equal("\"minute\";r=599;t=61, \"day\";r=99999;t=43200", answer.Header("RateLimit"));
        Assert.NotNull(answer.Header("X-Request-Id"));
    }

    [Fact]
    public async Task Without_a_key() => Is(await _http.ExecuteAsync("abc123", null), 401, "missing_key", "Bearer realm=\"FactoryThread\"");

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData(Unknown)]
    [InlineData("Bearer")]
    [InlineData("Token " + Unknown)]
    public async Task Another_scheme_or_the_bare_key(string header)
    {
        var answer = Is(await _http.ExecuteAsync("abc123", null, null, ("Authorization", header)), 401, "wrong_header_format", "error=\"invalid_request\"");
        Assert.Contains("Authorization: Bearer", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_and_query_at_once()
    {
        var key = await NewKeyAsync();
        Is(await _http.ExecuteAsync($"abc123", key, null), 200);
        Is(await _http.SendPostAsync($"/flows/abc123/execute?api_key={key}", key), 400, "ambiguous_key", "error=\"invalid_request\"");
    }

    [Theory]
    [InlineData("ft_live_short")]
    [InlineData("ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwf")]
    [InlineData("ключ")]
    public async Task A_malformed_key(string value)
        => Is(await _http.SendPostAsync($"/flows/abc123/execute?api_key={Uri.EscapeDataString(value)}", null), 401, "malformed_key", "error=\"invalid_token\"");

    [Fact]
    public async Task An_unknown_key() => Is(await _http.ExecuteAsync("abc123", Unknown), 401, "unknown_key", "error=\"invalid_token\"");

    [Fact]
    public async Task An_expired_key_from_the_instant_of_its_expiry()
    {
        var key = await NewKeyAsync(Given.Settings() with { Expiration = KeyExpiration.Until(_time.GetUtcNow().AddHours(1)) });
        _time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        var last = Is(await _http.ExecuteAsync("abc123", key), 200);
        Assert.Equal("2026-11-24T13:00:00Z", last.Header("X-Key-Expires-At"));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Is(await _http.ExecuteAsync("abc123", key), 401, "expired_key", "error=\"invalid_token\"");
    }

    [Fact]
    public async Task A_revoked_key_is_refused_by_the_next_request()
    {
        var key = await _app.KeyAsync();
        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 200);
        await Keys.RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel);

        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 401, "revoked_key", "error=\"invalid_token\"");
    }

    [Fact]
    public async Task A_replaced_value_is_refused_and_the_new_one_works()
    {
        var key = await _app.KeyAsync();
        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 200);
        var renewed = (await Keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();

        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 401, "replaced_key", "error=\"invalid_token\"");
        Is(await _http.ExecuteAsync("abc123", renewed.Token.Reveal()), 200);
    }

    [Fact]
    public async Task A_deleted_key_is_unknown()
    {
        var key = await _app.KeyAsync();
        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 200);
        await Keys.DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel);

        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 401, "unknown_key", "error=\"invalid_token\"");
    }

    [Fact]
    public async Task A_key_whose_owner_is_disabled()
    {
        var key = await _app.KeyAsync(owner: "leaver@example.test");
        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 200);
        await using (var db = await _app.Contexts.CreateDbContextAsync(Cancel))
        {
            (await db.Users.FindAsync([key.Key.OwnerId], Cancel))!.DisabledAt = _time.GetUtcNow();
            await db.SaveChangesAsync(Cancel);
        }

        Is(await _http.ExecuteAsync("abc123", key.Token.Reveal()), 401, "owner_disabled", "error=\"invalid_token\"");
    }

    [Fact]
    public async Task A_key_from_another_network()
    {
        var elsewhere = await NewKeyAsync(Given.Settings("elsewhere") with { Networks = ["203.0.113.0/24"] });
        var here = await NewKeyAsync(Given.Settings("here") with { Networks = ["203.0.113.0/24", "127.0.0.0/8", "::1"] });

        Is(await _http.ExecuteAsync("abc123", elsewhere), 403, "network_not_allowed", "error=\"insufficient_scope\"");
        Is(await _http.ExecuteAsync("abc123", here), 200);
    }

    [Fact]
    public async Task A_key_without_the_permission_for_management()
    {
        var specific = await NewKeyAsync(Given.Settings(permission: KeyPermission.SpecificFlows, flows: "abc123"));
        var readOnly = await NewKeyAsync(Given.Settings(permission: KeyPermission.ReadOnly));

        Is(await _http.SendGetAsync("/v1/keys", specific), 403, "insufficient_permission", "error=\"insufficient_scope\"");
        Is(await _http.SendGetAsync("/v1/keys", readOnly), 403, "insufficient_permission");
        Is(await _http.SendGetAsync("/v1/connections", specific), 403, "insufficient_permission");
    }

    [Fact]
    public async Task Connections_take_an_administrator_as_owner_now()
    {
        var administrators = await NewKeyAsync();
        var others = (await _app.KeyAsync(owner: "engineer@example.test", administrator: false)).Token.Reveal();

        Is(await _http.SendGetAsync("/v1/connections", administrators), 200);
        Is(await _http.SendGetAsync("/v1/connections", others), 403, "insufficient_permission");
        Is(await _http.SendGetAsync("/v1/keys", others), 200);
    }

    [Fact]
    public async Task A_read_only_key_views_but_does_not_execute()
    {
        var key = await NewKeyAsync(Given.Settings(permission: KeyPermission.ReadOnly));

        Is(await _http.ExecuteAsync("abc123", key), 403, "read_only_key", "error=\"insufficient_scope\"");
        Is(await _http.SendGetAsync("/api/orders", key), 403, "read_only_key");
        Is(await _http.SendGetAsync("/flows/abc123", key), 200);
        Is(await _http.SendGetAsync("/executions", key), 200);
    }

    [Fact]
    public async Task A_refusal_of_a_valid_key_tells_its_limits_and_leaves_them()
    {
        var key = await NewKeyAsync(Given.Settings(permission: KeyPermission.ReadOnly) with { PerMinute = 5 });

        var refused = Is(await _http.ExecuteAsync("abc123", key), 403, "read_only_key");

        Assert.StartsWith("\"minute\";r=5;t=0, ", refused.Header("RateLimit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_for_specific_flows_reaches_only_those()
    {
        var key = await NewKeyAsync(Given.Settings(permission: KeyPermission.SpecificFlows, flows: "abc123"));

        Is(await _http.ExecuteAsync("abc123", key), 200);
        Is(await _http.SendPostAsync("/api/orders", key, "{}"), 200);
        Is(await _http.ExecuteAsync("inv200", key), 403, "flow_not_permitted", "error=\"insufficient_scope\"");
        Is(await _http.ExecuteAsync("nowhere", key), 403, "flow_not_permitted");
        Is(await _http.SendGetAsync("/flows/inv200", key), 403, "flow_not_permitted");
        Assert.Equal("abc123", Assert.Single((await _http.SendGetAsync("/flows", key)).Json.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_flow_that_is_not_published()
    {
        var answer = Is(await _http.ExecuteAsync("draft1", await NewKeyAsync()), 403, "flow_not_published");
        Assert.Null(answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task A_flow_that_does_not_exist()
    {
        var key = await NewKeyAsync();
        Is(await _http.ExecuteAsync("nowhere", key), 404, "flow_not_found");
        Is(await _http.SendGetAsync("/api/nothing/here", key), 404, "flow_not_found");
    }

    [Fact]
    public async Task Too_many_requests_in_a_minute()
    {
        var key = await NewKeyAsync(Given.Settings() with { PerMinute = 2 });
        Is(await _http.ExecuteAsync("abc123", key), 200);
        _time.Advance(TimeSpan.FromSeconds(20));
        Is(await _http.ExecuteAsync("abc123", key), 200);

        var refused = Is(await _http.ExecuteAsync("abc123", key), 429, "rate_limited");
        Assert.Equal("41", refused.Header("Retry-After"));
        Assert.Equal("minute", Assert.Single(refused.Json.GetProperty("violatedPolicies").EnumerateArray()).GetString());
        Assert.Contains("it-desk@example.test", refused.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("\"minute\";r=0;t=41, \"day\";r=99998;t=43180", refused.Header("RateLimit"));

        _time.Advance(TimeSpan.FromSeconds(41));
        Is(await _http.ExecuteAsync("abc123", key), 200);
    }

    [Fact]
    public async Task The_daily_limit_starts_anew_at_midnight_UTC()
    {
        var key = await NewKeyAsync(Given.Settings() with { PerDay = 1 });
        Is(await _http.ExecuteAsync("abc123", key), 200);

        var refused = Is(await _http.ExecuteAsync("abc123", key), 429, "daily_limit_exceeded");
        Assert.Equal("43200", refused.Header("Retry-After"));
        Assert.Equal("day", Assert.Single(refused.Json.GetProperty("violatedPolicies").EnumerateArray()).GetString());

        _time.Advance(TimeSpan.FromHours(12));
        Is(await _http.ExecuteAsync("abc123", key), 200);
    }

    [Fact]
    public async Task Too_many_failures_from_one_address_do_not_stop_valid_keys()
    {
        var key = await NewKeyAsync();
        for (var i = 0; i < 5; i++)
        {
            Is(await _http.ExecuteAsync("abc123", Unknown), 401, "unknown_key");
        }

        var refused = Is(await _http.ExecuteAsync("abc123", "ft_live_nonsense"), 429, "too_many_failures");
        Assert.Equal("61", refused.Header("Retry-After"));
        Is(await _http.ExecuteAsync("abc123", key), 200);

        _time.Advance(TimeSpan.FromSeconds(61));
        Is(await _http.ExecuteAsync("abc123", Unknown), 401, "unknown_key");
    }

    [Fact]
    public async Task A_key_in_the_URL_works_with_a_warning_unless_its_settings_forbid_it()
    {
        var allowed = await NewKeyAsync();
        var forbidden = await NewKeyAsync(Given.Settings("no-url") with { AllowInUrl = false });

        var answer = Is(await _http.SendPostAsync($"/flows/abc123/execute?api_key={allowed}", null, "{}"), 200);
        Assert.Equal("key-in-url", answer.Header("X-Key-Warning"));
        Assert.Contains("private", answer.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.DoesNotContain(allowed, answer.Body, StringComparison.Ordinal);
        Is(await _http.SendPostAsync($"/api/orders?api_key={allowed}", null, "{}"), 200);
        Is(await _http.SendPostAsync($"/flows/abc123/execute?api_key={forbidden}", null, "{}"), 401, "wrong_header_format");
        Is(await _http.ExecuteAsync("abc123", forbidden, "{}"), 200);
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_503_and_recovers()
    {
        var key = await NewKeyAsync();
        var path = Path.Combine(_app.DataDirectory, "portal.db");
        await using (var db = await _app.Contexts.CreateDbContextAsync(Cancel))
        {
            await using var lockOut = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False");
            await lockOut.OpenAsync(Cancel);
            await using var command = lockOut.CreateCommand();
            command.CommandText = "ALTER TABLE ApiKeySecrets RENAME TO Gone";
            await command.ExecuteNonQueryAsync(Cancel);
            var answer = Is(await _http.ExecuteAsync("abc123", key), 503, "store_unavailable");
            Assert.NotNull(answer.Header("Retry-After"));
            command.CommandText = "ALTER TABLE Gone RENAME TO ApiKeySecrets";
            await command.ExecuteNonQueryAsync(Cancel);
        }

        Is(await _http.ExecuteAsync("abc123", key), 200);
    }

    private async Task<string> NewKeyAsync(ApiKeySettings? settings = null) => (await _app.KeyAsync(settings)).Token.Reveal();

    private static Answer Is(Answer answer, int status, string? code = null, string? challenge = null)
    {
        Assert.True(status == (int)answer.Status, $"{(int)answer.Status} {answer.Body}");
        if (code is not null)
        {
            Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType?.MediaType);
            Assert.Equal(code, answer.Code);
            Assert.Equal(answer.Header("X-Request-Id"), answer.Json.GetProperty("traceId").GetString());
        }

        if (challenge is not null)
        {
            Assert.Contains(challenge, answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }

        return answer;
    }
}
