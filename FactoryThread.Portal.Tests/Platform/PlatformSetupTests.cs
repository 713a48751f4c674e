using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class PlatformSetupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_carries_a_request_id_of_our_own()
    {
        await using var app = await PlatformApp.StartAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/address");
        request.Headers.Add("X-Request-Id", "chosen-by-the-client");
        using var answer = await app.Http.SendAsync(request, Cancel);
        using var missing = await app.Http.GetAsync("/nothing-here", Cancel);

        var id = Assert.Single(answer.Headers.GetValues("X-Request-Id"));
        Assert.NotEqual("chosen-by-the-client", id);
        Assert.NotEqual(id, Assert.Single(missing.Headers.GetValues("X-Request-Id")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData(null, "127.0.0.1 http")]
    [InlineData("10.9.9.9", "127.0.0.1 http")]
    [InlineData("127.0.0.1", "203.0.113.7 https")]
    [InlineData("127.0.0.0/8", "203.0.113.7 https")]
    public async Task Forwarded_addresses_are_believed_from_known_proxies_only(string? known, string seen)
    {
        await using var app = await PlatformApp.StartAsync(known is null ? [] : [known]);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/address");
        request.Headers.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.7");
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var answer = await app.Http.SendAsync(request, Cancel);

        Assert.Equal(seen, await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task The_frameworks_switch_that_believes_everybody_has_no_effect()
    {
        await using var app = PortalApp.Start(settings: new() { ["FORWARDEDHEADERS_ENABLED"] = "true" });
        using var http = app.Http();

        using var page = new HttpRequestMessage(HttpMethod.Get, "/nothing-here");
        page.Headers.Add("X-Forwarded-For", "203.0.113.7");
        page.Headers.Add("X-Forwarded-Proto", "https");
        page.Headers.Host = "portal.example.test";
        using var plain = await http.SendAsync(page, Cancel);

        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task A_live_portal_with_a_broken_database_is_not_ready()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        Assert.Equal("Healthy", await http.GetStringAsync("/health/ready", Cancel));

        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(app.DataDirectory, "portal.db*"))
        {
            File.Delete(file);
        }

        await File.WriteAllTextAsync(Path.Combine(app.DataDirectory, "portal.db"), new string('x', 8192), Cancel);
        using var ready = await http.GetAsync("/health/ready", Cancel);
        using var live = await http.GetAsync("/health/live", Cancel);

        Assert.Equal(503, (int)ready.StatusCode);
        Assert.Equal(200, (int)live.StatusCode);
    }
}
