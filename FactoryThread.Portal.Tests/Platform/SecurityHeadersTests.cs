using System.Text.RegularExpressions;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class SecurityHeadersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_allows_only_its_own_scripts_and_cannot_be_framed()
    {
        await using var app = await PlatformApp.StartAsync();

        using var answer = await app.Http.GetAsync("/pages/address", Cancel);
        using var again = await app.Http.GetAsync("/pages/address", Cancel);

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Matches(new Regex("script-src 'self' 'nonce-[A-Za-z0-9+/=]{16,}'"), policy);
        Assert.NotEqual(policy, again.Headers.GetValues("Content-Security-Policy").Single());
        foreach (var directive in new[] { "frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'", "form-action 'self'", "connect-src 'self'", "img-src 'self' data:" })
        {
            Assert.Contains(directive, policy, StringComparison.Ordinal);
        }

        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Error_pages_are_protected_like_other_pages()
    {
        await using var app = await PlatformApp.StartAsync();

        using var answer = await app.Http.GetAsync("/pages/bug", Cancel);

        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_reached_over_https_asks_to_stay_there()
    {
        await using var app = await PlatformApp.StartAsync("127.0.0.1");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/pages/address");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Host = "portal.example.test";
        using var answer = await app.Http.SendAsync(request, Cancel);

        Assert.Equal("max-age=31536000", answer.Headers.GetValues("Strict-Transport-Security").Single());
    }

    [Fact]
    public async Task Answers_for_programs_are_sandboxed_and_a_policy_of_their_own_stays()
    {
        await using var app = await PlatformApp.StartAsync();

        using var own = await app.Http.GetAsync("/api/own", Cancel);
        using var other = await app.Http.GetAsync("/v1/address", Cancel);

        Assert.Equal("sandbox", own.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", own.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", other.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_portals_own_pages_and_gateway_carry_them()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        using var page = await http.GetAsync("/nothing-here", Cancel);
        using var gateway = await http.PostAsync("/flows/abc123/execute", null, Cancel);

        Assert.Contains("script-src 'self' 'nonce-", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("sandbox", gateway.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }
}
