using System.Net;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class CircuitOriginTests
{
    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("https://portal.example.test", HttpStatusCode.OK)]
    [InlineData("https://PORTAL.example.test:8443", HttpStatusCode.OK)]
    [InlineData("https://keys.example.com", HttpStatusCode.OK)]
    [InlineData("https://sibling.example.test", HttpStatusCode.Forbidden)]
    [InlineData("https://portal.example.test.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("", HttpStatusCode.Forbidden)]
    public async Task A_live_page_opens_for_this_portals_own_pages_only(string? origin, HttpStatusCode expected)
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:PublicAddress"] = "https://keys.example.com" });
        using var http = app.Http();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Host = "portal.example.test";
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }
}
