using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Flows;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Incidents.Http;

/// <summary>Reports signed with a key pair of the test's, whose public half a real server publishes as GitHub does.</summary>
public sealed class GitHubLeakEndpointTests : IDisposable
{
    private const string Path = "/v1/leaks/github";
    private const string Url = "https://github.com/octocat/hello/blob/main/config.env";
    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task Real_keys_are_true_positives_and_stand_reported_until_somebody_acts()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github);
        var key = await app.KeyAsync();
        var stranger = ApiKeyToken.Create(KeyEnvironment.Live).Reveal();

        var answer = await ReportAsync(app, Body((key.Token.Reveal(), Url), (stranger, Url), ("not a key", Url)));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["true_positive", "false_positive", "false_positive"], answer.Json.EnumerateArray().Select(v => v.GetProperty("label").GetString()));
        Assert.Equal(Convert.ToHexStringLower(key.Token.Hash().ToBytes()), answer.Json[0].GetProperty("token_hash").GetString());
        Assert.Equal("factorythread_api_key", answer.Json[0].GetProperty("token_type").GetString());
        Assert.DoesNotContain(key.Token.Reveal(), answer.Body, StringComparison.Ordinal);
        var report = Assert.Single(await ReportsAsync(app));
        Assert.Equal((key.Key.Id, Url, "content", key.Key.Hint), (report.KeyId, report.Url, report.Place, report.Hint));
        var entry = (await app.Get<AuditLog>().ForSubjectAsync("api_key", key.Key.Id, 0, 10, Cancel)).Items[0];
        Assert.Equal(("api_key.leak_reported", "GitHub secret scanning", "127.0.0.1"), (entry.Action, entry.ActorName, entry.Address));
        using var http = app.Http();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Status);
    }

    [Fact]
    public async Task With_the_policy_revoke_the_key_is_refused_before_the_answer()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github, LeakPolicy.Revoke);
        var key = await app.KeyAsync();
        using var http = app.Http();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Status);

        Assert.Equal(HttpStatusCode.OK, (await ReportAsync(app, Body((key.Token.Reveal(), Url)))).Status);

        Assert.Equal("revoked_key", (await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Code);
    }

    [Fact]
    public async Task A_value_that_was_replaced_already_does_not_cost_the_key_its_life()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github, LeakPolicy.Revoke);
        var key = await app.KeyAsync();
        var current = (await app.Get<ApiKeyService>().RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require();

        var answer = await ReportAsync(app, Body((key.Token.Reveal(), Url)));

        Assert.Equal("true_positive", answer.Json[0].GetProperty("label").GetString());
        using var http = app.Http();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", current.Token.Reveal(), "{}")).Status);
    }

    [Fact]
    public async Task The_same_report_again_and_at_the_same_time_changes_nothing()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github, LeakPolicy.Revoke);
        var key = await app.KeyAsync();
        var body = Body((key.Token.Reveal(), Url), (key.Token.Reveal(), Url));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ReportAsync(app, body)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        Assert.Single(await ReportsAsync(app));
        var actions = (await app.Get<AuditLog>().ForSubjectAsync("api_key", key.Key.Id, 0, 50, Cancel)).Items.Select(e => e.Action).ToList();
        Assert.Single(actions, "api_key.leak_reported");
        Assert.Single(actions, "api_key.revoked");
    }

    [Fact]
    public async Task Without_a_right_signature_nothing_happens()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github, LeakPolicy.Revoke);
        var key = await app.KeyAsync();
        var body = Body((key.Token.Reveal(), Url));
        using var http = app.Http();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(400, (int)(await http.SendPostAsync(Path, null, body)).Status);
        Assert.Equal(400, (int)(await http.SendPostAsync(Path, null, body, ("Github-Public-Key-Identifier", "k1"))).Status);
        Assert.Equal(401, (int)(await SendAsync(app, body, "k1", "not base64 !")).Status);
        Assert.Equal(401, (int)(await SendAsync(app, body, "k1", Sign(other, body))).Status);
        Assert.Equal(401, (int)(await SendAsync(app, body + " ", "k1", Sign(_signer, body))).Status);
        Assert.Equal(401, (int)(await SendAsync(app, body, "unknown", Sign(_signer, body))).Status);
        Assert.Equal("invalid_signature", (await SendAsync(app, body, "unknown", Sign(_signer, body))).Code);

        Assert.Empty(await ReportsAsync(app));
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Status);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[{\"type\":\"x\"}]")]
    [InlineData("[null]")]
    [InlineData("not json")]
    public async Task A_signed_body_of_another_shape_is_400(string body)
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github);

        Assert.Equal(400, (int)(await ReportAsync(app, body)).Status);
    }

    [Fact]
    public async Task Up_to_two_thousand_finds_are_taken_at_once()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github);

        Assert.Equal(200, (int)(await ReportAsync(app, Body([.. Enumerable.Repeat(("not a key", Url), 2000)]))).Status);
        Assert.Equal(400, (int)(await ReportAsync(app, Body([.. Enumerable.Repeat(("not a key", Url), 2001)]))).Status);
    }

    [Fact]
    public async Task Switched_off_there_is_nothing()
    {
        await using var app = PortalApp.Start();

        Assert.Equal(404, (int)(await ReportAsync(app, "[]")).Status);
    }

    [Fact]
    public async Task Configured_keys_need_no_other_host()
    {
        await using var app = PortalApp.Start(settings: new() { ["Leaks:GitHub:PublicKeys:k1"] = _signer.ExportSubjectPublicKeyInfoPem() });
        var key = await app.KeyAsync();

        Assert.Equal("true_positive", (await ReportAsync(app, Body((key.Token.Reveal(), Url)))).Json[0].GetProperty("label").GetString());
    }

    [Fact]
    public async Task While_the_signers_keys_cannot_be_fetched_the_sender_is_asked_to_come_back()
    {
        var broken = true;
        await using var github = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return broken ? Task.CompletedTask : Publish(context);
        });
        await using var app = Start(github);

        var refused = await ReportAsync(app, "[]");
        broken = false;

        Assert.Equal((503, "signer_unavailable"), ((int)refused.Status, refused.Code));
        Assert.NotNull(refused.Header("Retry-After"));
    }

    [Fact]
    public async Task Keys_are_fetched_once_and_again_when_the_signer_has_a_new_one()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github, time: time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (int)(await ReportAsync(app, "[]")).Status);
            Assert.Equal(401, (int)(await SendAsync(app, "[]", "k2", Sign(_signer, "[]"))).Status);
        }

        Assert.Single(github.Requests);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(401, (int)(await SendAsync(app, "[]", "k2", Sign(_signer, "[]"))).Status);
        Assert.Equal(2, github.Requests.Count);
    }

    [Fact]
    public async Task A_failing_store_is_503_and_the_same_report_succeeds_later()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github);
        var key = await app.KeyAsync();
        var body = Body((key.Token.Reveal(), Url));
        await using (var blocker = new Microsoft.Data.Sqlite.SqliteConnection(Sqlite.ConnectionString(System.IO.Path.Combine(app.DataDirectory, "portal.db"), pooling: false)))
        {
            await blocker.OpenAsync(Cancel);
            await using var transaction = blocker.BeginTransaction();

            var refused = await ReportAsync(app, body);

            Assert.Equal((503, "store_unavailable"), ((int)refused.Status, refused.Code));
        }

        Assert.Equal(200, (int)(await ReportAsync(app, body)).Status);
        Assert.Single(await ReportsAsync(app));
    }

    [Fact]
    public async Task An_address_that_repeats_the_key_is_not_kept()
    {
        await using var github = await TargetServer.StartAsync(Publish);
        await using var app = Start(github);
        var key = await app.KeyAsync();

        await ReportAsync(app, Body((key.Token.Reveal(), $"https://evil.example/?k={key.Token.Reveal()}")));

        Assert.Equal("", Assert.Single(await ReportsAsync(app)).Url);
    }

    private static PortalApp Start(TargetServer github, LeakPolicy policy = LeakPolicy.Alert, TimeProvider? time = null) => PortalApp.Start(time, new()
    {
        ["Leaks:GitHub:KeysUrl"] = github.Address + "/meta/public_keys/secret_scanning",
        ["Leaks:Policy"] = policy.ToString(),
    });

    private static string Body(params (string Token, string Url)[] finds)
        => JsonSerializer.Serialize(finds.Select(f => new { token = f.Token, type = "factorythread_api_key", url = f.Url, source = "content" }));

    private static string Sign(ECDsa signer, string body)
        => Convert.ToBase64String(signer.SignData(Encoding.UTF8.GetBytes(body), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    private static async Task<List<LeakReport>> ReportsAsync(PortalApp app)
    {
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        return await db.Set<LeakReport>().ToListAsync(Cancel);
    }

    private static async Task<Answer> SendAsync(PortalApp app, string body, string identifier, string signature)
    {
        using var http = app.Http();
        return await http.SendPostAsync(Path, null, body, ("Github-Public-Key-Identifier", identifier), ("Github-Public-Key-Signature", signature));
    }

    private Task<Answer> ReportAsync(PortalApp app, string body) => SendAsync(app, body, "k1", Sign(_signer, body));

    private Task Publish(HttpContext context)
    {
        context.Response.StatusCode = 200;
        return context.Response.WriteAsJsonAsync(new
        {
            public_keys = new[]
            {
                new { key_identifier = "old", key = "-----BEGIN PUBLIC KEY-----\nbroken\n-----END PUBLIC KEY-----", is_current = false },
                new { key_identifier = "k1", key = _signer.ExportSubjectPublicKeyInfoPem(), is_current = true },
            },
        });
    }
}
