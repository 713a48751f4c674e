using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FactoryThread.Portal.Tests.Features.Usage.Http;

public sealed class UsageEndpointsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_access_key_reads_the_usage_of_a_key_of_its_owner_and_of_itself()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var manager = await CreateAsync(app, "manager", KeyPermission.FullAccess);
        var worker = await CreateAsync(app, "worker", KeyPermission.FullAccess);
        using var http = app.Http();
        for (var i = 0; i < 3; i++)
        {
            using var call = await CallAsync(http, HttpMethod.Post, "/flows/abc123/execute", worker);
            Assert.Equal(HttpStatusCode.OK, call.StatusCode);
        }

        using var answer = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{worker.Key.Id}/usage", manager);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        var usage = json.RootElement;
        Assert.Equal((worker.Key.Id, "day", 3, 3, 0, 0), (
            usage.GetProperty("keyId").GetString(),
            usage.GetProperty("by").GetString(),
            usage.GetProperty("total").GetInt32(),
            usage.GetProperty("succeeded").GetInt32(),
            usage.GetProperty("failed").GetInt32(),
            usage.GetProperty("refused").GetInt32()));
        Assert.EndsWith("Z", usage.GetProperty("lastUsedAt").GetString(), StringComparison.Ordinal);
        var flow = Assert.Single(usage.GetProperty("flows").EnumerateArray());
        Assert.Equal(("abc123", 3), (flow.GetProperty("flowId").GetString(), flow.GetProperty("total").GetInt32()));
        Assert.Equal(3, usage.GetProperty("buckets").EnumerateArray().Sum(b => b.GetProperty("total").GetInt32()));
        Assert.EndsWith("T00:00:00Z", usage.GetProperty("buckets")[0].GetProperty("start").GetString(), StringComparison.Ordinal);

        using var own = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{manager.Key.Id}/usage?by=hour&from={Uri.EscapeDataString(DateTimeOffset.UnixEpoch.AddYears(56).ToString("O"))}", manager);
        Assert.Equal(HttpStatusCode.BadRequest, own.StatusCode);
    }

    [Fact]
    public async Task The_export_for_programs_is_a_download_with_the_totals_of_the_report()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var key = await CreateAsync(app, "erp-order-sync", KeyPermission.FullAccess);
        using var http = app.Http();
        using (await CallAsync(http, HttpMethod.Post, "/flows/abc123/execute", key))
        {
        }

        // Days of programs are UTC; a zone is for the portal's own links.
        using var csv = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage/export?format=csv&by=day&zone=Asia%2FTokyo", key);

        // The second call, this export, is recorded before it is answered and names no flow.
        Assert.Equal("text/csv; charset=utf-8", csv.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("usage-erp-order-sync-", csv.Content.Headers.ContentDisposition!.FileName, StringComparison.Ordinal);
        var lines = (await csv.Content.ReadAsStringAsync(Cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("start,flowId,total,succeeded,failed,refused", lines[0]);
        Assert.EndsWith("T00:00:00Z,abc123,1,1,0,0", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_export_by_request_holds_each_request_and_begins_at_the_very_instant()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var key = await CreateAsync(app, "erp-order-sync", KeyPermission.FullAccess);
        using var http = app.Http();
        using (await CallAsync(http, HttpMethod.Post, "/flows/abc123/execute", key))
        {
        }

        var from = Uri.EscapeDataString(app.Get<TimeProvider>().GetUtcNow().AddMinutes(-5).ToString("O"));
        using var csv = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage/export?by=request&from={from}", key);
        using var later = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage/export?by=request&format=json&from=2030-01-01&to=2030-02-01", key);
        using var wrong = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage/export?by=minute", key);

        Assert.StartsWith("requests-erp-order-sync-", csv.Content.Headers.ContentDisposition!.FileName, StringComparison.Ordinal);
        var lines = (await csv.Content.ReadAsStringAsync(Cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains(",abc123,POST /flows/{flowId}/execute,succeeded,valid_key,200,", lines[1], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await later.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(0, json.RootElement.GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("hour, day or request", await wrong.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task An_export_is_compressed_if_the_client_accepts_it_and_nothing_else_is(string? accepted)
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var key = await CreateAsync(app, "erp", KeyPermission.FullAccess);
        using var http = app.Http();
        if (accepted is not null)
        {
            http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue(accepted));
        }

        using var export = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage/export?by=request", key);
        using var usage = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage", key);

        Assert.Equal(accepted, export.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Empty(usage.Content.Headers.ContentEncoding);
        await using var raw = await export.Content.ReadAsStreamAsync(Cancel);
        await using var plain = accepted switch
        {
            "br" => new BrotliStream(raw, CompressionMode.Decompress),
            "gzip" => new GZipStream(raw, CompressionMode.Decompress),
            _ => raw,
        };
        using var text = new StreamReader(plain);
        Assert.StartsWith("at,requestId,", await text.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_is_no_fault()
    {
        using var logs = new CapturedLogs();
        await using var app = PortalApp.Start(services: s => s.AddLogging(l => l.AddProvider(logs)));
        using var portal = await app.SignInAsync();
        var key = await CreateAsync(app, "erp", KeyPermission.FullAccess);
        var file = Path.Combine(app.DataDirectory, "portal.db");
        BigLog.Fill(file, 200_000, app.Get<TimeProvider>().GetUtcNow().AddDays(-5), keys: 1);
        UsageRig.Execute(file, $"UPDATE RequestSegments SET KeyId = '{key.Key.Id}'");

        using (var answer = await portal.GetAsync($"/settings/api-keys/{key.Key.Id}/usage/export?by=request", HttpCompletionOption.ResponseHeadersRead, Cancel))
        await using (var body = await answer.Content.ReadAsStreamAsync(Cancel))
        {
            await body.ReadExactlyAsync(new byte[10_000], Cancel);
        }

        // The next request on a new connection is answered after the first has ended: the server runs, and nothing was reported as a fault.
        using var alive = await portal.GetAsync($"/settings/api-keys/{key.Key.Id}/usage/export?by=day&format=json", Cancel);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        await app.DisposeAsync();
        Assert.DoesNotContain(logs.Entries, e => e.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task The_workspaces_download_holds_all_keys_for_an_administrator_and_their_own_for_others()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var mine = await CreateAsync(app, "erp", KeyPermission.FullAccess);
        var theirs = await app.KeyAsync(Given.Settings("mes"), owner: "viewer@example.test", administrator: false);
        using var http = app.Http();
        foreach (var key in new[] { mine, theirs })
        {
            using var call = await CallAsync(http, HttpMethod.Post, "/flows/abc123/execute", key);
        }

        using var json = JsonDocument.Parse(await portal.GetStringAsync("/workspace/usage/export?format=json&by=request", Cancel));
        Assert.Equal(["erp", "mes"], json.RootElement.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("keyName").GetString()).Order(StringComparer.Ordinal));
        var csv = await portal.GetStringAsync("/workspace/usage/export?by=hour", Cancel);
        Assert.StartsWith("keyId,keyName,start,flowId,total,", csv, StringComparison.Ordinal);
        Assert.Equal(3, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.NotEqual(HttpStatusCode.OK, (await http.GetAsync("/workspace/usage/export", Cancel)).StatusCode);

        await using (var scope = app.Services.CreateAsyncScope())
        {
            var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
            var viewer = await users.FindByEmailAsync("viewer@example.test");
            Assert.True((await users.AddPasswordAsync(viewer!, SignedInClient.AdminPassword)).Succeeded);
        }

        using var other = await app.SignInAsync("viewer@example.test");
        var own = await other.GetStringAsync("/workspace/usage/export?by=request", Cancel);
        Assert.Contains(",mes,", own, StringComparison.Ordinal);
        Assert.DoesNotContain(",erp,", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_without_the_right_are_refused_and_foreign_or_unknown_keys_are_not_found()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var reader = await CreateAsync(app, "reader", KeyPermission.ReadOnly);
        var manager = await CreateAsync(app, "manager", KeyPermission.FullAccess);
        using var http = app.Http();

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, $"/v1/keys/{reader.Key.Id}/usage", reader));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, $"/v1/keys/{reader.Key.Id}/usage/export", reader));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, "/v1/keys/key_nothere/usage", manager));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(http, $"/v1/keys/{reader.Key.Id}/usage", null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await portal.GetAsync($"/v1/keys/{reader.Key.Id}/usage", Cancel)).StatusCode);
    }

    [Fact]
    public async Task An_operators_key_reads_the_usage_of_its_owners_keys_only()
    {
        await using var app = PortalApp.Start();
        var theirs = await app.KeyAsync(Given.Settings("administrators"));
        var mine = await app.KeyAsync(Given.Settings("operators"), owner: "operator@example.test", administrator: false);
        using var http = app.Http();

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, $"/v1/keys/{theirs.Key.Id}/usage", mine));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, $"/v1/keys/{theirs.Key.Id}/usage/export", mine));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, $"/v1/keys/{mine.Key.Id}/usage", mine));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, $"/v1/keys/{mine.Key.Id}/usage", theirs));
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=2026-13-01", "to")]
    [InlineData("by=week", "by")]
    [InlineData("from=2026-11-20&to=2026-11-19", "from")]
    [InlineData("from=2020-01-01", "from")]
    [InlineData("from=9999-12-31T23:59:59-14:00", "from")]
    [InlineData("to=0001-01-01T00:00:00%2B14:00", "to")]
    public async Task A_bad_range_is_a_400_that_names_the_field(string query, string field)
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var key = await CreateAsync(app, "manager", KeyPermission.FullAccess);
        using var http = app.Http();

        using var answer = await CallAsync(http, HttpMethod.Get, $"/v1/keys/{key.Key.Id}/usage?{query}", key);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(field, json.RootElement.GetProperty("field").GetString());
    }

    [Fact]
    public async Task The_portals_download_is_open_to_a_signed_in_person_only_and_counts_in_their_zone()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var key = await CreateAsync(app, "erp", KeyPermission.FullAccess);
        using var http = app.Http();
        using (await CallAsync(http, HttpMethod.Post, "/flows/abc123/execute", key))
        {
        }

        var path = $"/settings/api-keys/{key.Key.Id}/usage/export?format=json&by=day&zone=Europe%2FBerlin";
        using var json = JsonDocument.Parse(await portal.GetStringAsync(path, Cancel));

        Assert.Equal(1, json.RootElement.GetProperty("total").GetInt32());
        var start = json.RootElement.GetProperty("rows")[0].GetProperty("start").GetDateTimeOffset();
        Assert.Equal(TimeSpan.Zero, TimeZoneInfo.ConvertTimeBySystemTimeZoneId(start, "Europe/Berlin").TimeOfDay);
        using var stranger = await http.GetAsync(path, Cancel);
        Assert.NotEqual(HttpStatusCode.OK, stranger.StatusCode);
        using var withKey = await CallAsync(http, HttpMethod.Get, path, key);
        Assert.NotEqual(HttpStatusCode.OK, withKey.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await portal.GetAsync("/settings/api-keys/key_nothere/usage/export", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await portal.GetAsync($"/settings/api-keys/{key.Key.Id}/usage/export?format=xlsx", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await portal.GetAsync($"/settings/api-keys/{key.Key.Id}/usage/export?zone=..%2Fetc", Cancel)).StatusCode);
    }

    private static async Task<RevealedKey> CreateAsync(PortalApp app, string name, KeyPermission permission)
        => (await app.Get<ApiKeyService>().CreateAsync(
            new NewApiKey(new ApiKeySettings { Name = name, Permission = permission }, KeyEnvironment.Live), Caller.CommandLine, Cancel)).Require();

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path, RevealedKey? key)
    {
        using var answer = await CallAsync(http, HttpMethod.Get, path, key);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> CallAsync(HttpClient http, HttpMethod method, string path, RevealedKey? key)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key.Token.Reveal());
        }

        return await http.SendAsync(request, Cancel);
    }
}
