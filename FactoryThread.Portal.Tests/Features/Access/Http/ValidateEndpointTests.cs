using System.Net.Http.Json;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Access.Http;

public sealed class ValidateEndpointTests : IAsyncLifetime
{
    private const string Path = "/v1/keys/validate";
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_time);
        _http = _app.Http();
        await _app.FlowAsync("abc123");
        await _app.FlowAsync("draft1", published: false);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_valid_key_is_answered_with_the_fields_of_the_contract()
    {
        var key = await _app.KeyAsync(Given.Settings(permission: KeyPermission.SpecificFlows, flows: "abc123") with { PerMinute = 600, Expiration = KeyExpiration.After(30) });

        var answer = await _http.SendPostAsync(Path, key.Token.Reveal());

        Assert.Equal(200, (int)answer.Status);
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Equal(
            $$"""{"valid":true,"code":"valid_key","keyId":"{{key.Key.Id}}","name":"erp-order-sync-production","environment":"live","permission":"specific_flows","flows":["abc123"],"expiresAt":"2026-12-24T12:00:00Z","limits":[{"name":"minute","limit":600,"remaining":599,"resetSeconds":61},{"name":"day","limit":100000,"remaining":99999,"resetSeconds":43200}]}""",
            answer.Body);
    }

    [Fact]
    public async Task The_key_may_come_in_the_body_with_flow_and_action()
    {
        var key = (await _app.KeyAsync(Given.Settings(permission: KeyPermission.ReadOnly))).Token.Reveal();

        Assert.Equal("valid_key", await CodeAsync($$"""{"key":"{{key}}"}"""));
        Assert.Equal("read_only_key", await CodeAsync($$"""{"key":"{{key}}","flowId":"abc123"}"""));
        Assert.Equal("valid_key", await CodeAsync($$"""{"key":"{{key}}","flowId":"abc123","action":"view"}"""));
        Assert.Equal("flow_not_found", await CodeAsync($$"""{"key":"{{key}}","flowId":"nowhere","action":"view"}"""));
    }

    [Theory]
    [InlineData("Http1", 1)]
    [InlineData("Http2", 2)]
    public async Task A_body_that_does_not_say_its_length_is_read_too(string protocol, int version)
    {
        await using var app = PortalApp.Start(settings: new() { ["Kestrel:EndpointDefaults:Protocols"] = protocol });
        using var http = app.Http();
        using var content = JsonContent.Create(new { key = (await app.KeyAsync()).Token.Reveal() });
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = content,
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var answer = await http.SendAsync(request, Cancel);

        Assert.Null(content.Headers.ContentLength);
        Assert.Contains("\"code\":\"valid_key\"", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verdict_without_a_known_key_is_200_and_bare()
    {
        foreach (var (body, code) in new[] { ("{}", "missing_key"), ("""{"key":"nonsense"}""", "malformed_key"), ("""{"key":"ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe"}""", "unknown_key") })
        {
            var answer = await _http.SendPostAsync(Path, null, body);
            Assert.Equal((200, $$"""{"valid":false,"code":"{{code}}"}"""), ((int)answer.Status, answer.Body));
        }
    }

    [Fact]
    public async Task A_refused_key_still_names_itself_but_a_deleted_one_does_not()
    {
        var key = await _app.KeyAsync();
        await _app.Get<ApiKeyService>().RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel);
        var revoked = await _http.SendPostAsync(Path, key.Token.Reveal());
        Assert.Equal("revoked_key", revoked.Code);
        Assert.Equal(key.Key.Id, revoked.Json.GetProperty("keyId").GetString());

        await _app.Get<ApiKeyService>().DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel);
        Assert.Equal("""{"valid":false,"code":"unknown_key"}""", (await _http.SendPostAsync(Path, key.Token.Reveal())).Body);
    }

    [Fact]
    public async Task Consume_false_counts_nothing_and_a_refusal_neither()
    {
        var key = (await _app.KeyAsync(Given.Settings() with { PerMinute = 1 })).Token.Reveal();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("valid_key", await CodeAsync($$"""{"key":"{{key}}","consume":false}"""));
            Assert.Equal("flow_not_published", await CodeAsync($$"""{"key":"{{key}}","flowId":"draft1"}"""));
        }

        Assert.Equal("valid_key", await CodeAsync($$"""{"key":"{{key}}"}"""));
        Assert.Equal("rate_limited", await CodeAsync($$"""{"key":"{{key}}"}"""));
        Assert.Equal("rate_limited", await CodeAsync($$"""{"key":"{{key}}","consume":false}"""));
    }

    [Fact]
    public async Task The_address_to_judge_is_believed_from_loopback()
    {
        var key = (await _app.KeyAsync(Given.Settings() with { Networks = ["198.51.100.0/24"] })).Token.Reveal();

        Assert.Equal("network_not_allowed", await CodeAsync($$"""{"key":"{{key}}"}"""));
        Assert.Equal("valid_key", await CodeAsync($$"""{"key":"{{key}}","clientAddress":"198.51.100.7"}"""));
        Assert.Equal("network_not_allowed", await CodeAsync($$"""{"key":"{{key}}","clientAddress":"203.0.113.7"}"""));
    }

    [Theory]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("null", null)]
    [InlineData("{} {}", null)]
    [InlineData("""{"key":5}""", "key")]
    [InlineData("""{"consume":"yes"}""", "consume")]
    [InlineData("""{"action":"delete"}""", "action")]
    [InlineData("""{"clientAddress":"nowhere"}""", "clientAddress")]
    [InlineData("""{"colour":"red"}""", "colour")]
    [InlineData("""{"key":"\ud800"}""", "key")]
    public async Task A_body_of_another_shape_is_400_and_names_the_field(string body, string? field)
    {
        var answer = await _http.SendPostAsync(Path, null, body);

        Assert.Equal((400, "invalid_request"), ((int)answer.Status, answer.Code));
        Assert.Equal(field, answer.Json.TryGetProperty("field", out var named) ? named.GetString() : null);
    }

    [Fact]
    public async Task A_body_that_is_far_too_large_is_413()
        => Assert.Equal(413, (int)(await _http.SendPostAsync(Path, null, $$"""{"key":"{{new string('x', 20 * 1024 * 1024)}}"}""")).Status);

    [Fact]
    public async Task Every_answer_to_an_issued_key_is_recorded_before_it_is_sent()
    {
        var key = await _app.KeyAsync(Given.Settings(permission: KeyPermission.ReadOnly));
        await _http.SendPostAsync(Path, key.Token.Reveal());
        await _http.SendPostAsync(Path, key.Token.Reveal(), """{"flowId":"abc123"}""");

        await _app.Get<UsageMover>().CatchUpAsync(Cancel);
        var rows = LogFile.Read(System.IO.Path.Combine(_app.DataDirectory, "portal.db")).FindAll(r => r.KeyId == key.Key.Id);
        Assert.Equal([("valid_key", Outcome.Succeeded, true), ("read_only_key", Outcome.Refused, false)], rows.Select(r => (r.Code, r.Outcome, r.Counted)));
    }

    private async Task<string?> CodeAsync(string body)
    {
        var answer = await _http.SendPostAsync(Path, null, body);
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Code;
    }
}
