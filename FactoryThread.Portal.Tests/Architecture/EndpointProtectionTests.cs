using System.Reflection;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Routing;

namespace FactoryThread.Portal.Tests.Architecture;

public sealed class EndpointProtectionTests
{
    /// <summary>What anybody may reach, and why that is right.</summary>
    private static readonly Dictionary<string, string> Open = new(StringComparer.OrdinalIgnoreCase)
    {
        ["/v1/keys/validate"] = "the key in the request is what is judged",
        ["/flows/{flowId}/execute"] = "the gateway judges the key itself",
        ["/api/{**route}"] = "the gateway judges the key itself",
        ["/v1/leaks/github"] = "the signature of the report is checked, and it is absent unless configured",
        ["/health/live"] = "says only that the process runs",
        ["/health/ready"] = "says only whether the database answers",
        ["/account/passkeys/request-options"] = "a random challenge that names nobody, and takes an antiforgery token",
        ["/account/sign-out"] = "ends whatever session there is, and takes an antiforgery token",
        ["/account/sign-in"] = "signing in",
        ["/account/code"] = "the second step of signing in; opens nothing without the cookie of the first",
        ["/account/single-sign-on/done"] = "takes what the identity provider signed",
        ["/account/invitation"] = "takes the one-time token of an invitation",
        ["/account/forgotten"] = "asks for a link by mail, and answers the same for every address",
        ["/account/new-password"] = "takes the one-time token of such a link",
        ["/account/setup"] = "takes the one-time token",
        ["/help/api-keys"] = "the same words on every installation, and the address the reader called; error answers lead there, and who holds a key need not have an account",
        ["/help/api-keys/factorythread.postman_collection.json"] = "that address and an empty place for a key",
        ["/help/api-keys/factorythread.env"] = "that address and an empty place for a key",
        ["/error"] = "the error page shows nothing but a request id",
        ["/not-found"] = "shows nothing",
    };

    [Fact]
    public async Task Every_endpoint_asks_for_a_user_or_a_key_or_is_on_the_short_list()
    {
        await using var app = PortalApp.Start();

        var unprotected = Routes(app).Where(e => !IsProtected(e) && !IsAsset(e) && !Open.ContainsKey(Pattern(e))).Select(Pattern).Distinct().ToList();

        Assert.Empty(unprotected);
    }

    [Fact]
    public async Task Every_endpoint_opened_by_a_key_says_what_for_and_never_takes_a_cookie()
    {
        await using var app = PortalApp.Start();
        var byKey = Routes(app).Where(e => e.Metadata.OfType<IAuthorizeData>().Any(a => a.Policy == AccessFeature.KeyPolicy)).ToList();

        Assert.NotEmpty(byKey);
        Assert.All(byKey, e => Assert.NotNull(e.Metadata.GetMetadata<KeyAccess>()));
        Assert.All(
            Routes(app).Where(e => e.Metadata.GetMetadata<KeyAccess>() is not null && !Open.ContainsKey(Pattern(e))),
            e => Assert.Contains(e, byKey));
    }

    [Fact]
    public async Task No_page_is_open_that_is_not_on_the_short_list()
    {
        var pages = typeof(Program).Assembly.GetTypes().Where(t => t.GetCustomAttributes<RouteAttribute>().Any()).ToList();
        await using var app = PortalApp.Start();
        using var http = app.Http();

        Assert.NotEmpty(pages);
        foreach (var route in pages.SelectMany(p => p.GetCustomAttributes<RouteAttribute>()).Select(r => r.Template).Where(r => !Open.ContainsKey(r)))
        {
            var path = System.Text.RegularExpressions.Regex.Replace(route, "{[^}]*}", "x");
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(
                (int)answer.StatusCode is 302 or 401 && (answer.Headers.Location is null || answer.Headers.Location.ToString().Contains("/account/sign-in", StringComparison.Ordinal)),
                $"{route} answered {(int)answer.StatusCode} to somebody who is not signed in");
        }
    }

    [Fact]
    public async Task No_two_endpoints_share_a_route_and_a_method()
    {
        await using var app = PortalApp.Start();

        var twice = Routes(app).Where(e => !IsAsset(e))
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(m => $"{m} {Pattern(e)}"))
            .GroupBy(r => r, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key).ToList();

        Assert.Empty(twice);
    }

    private static IEnumerable<RouteEndpoint> Routes(PortalApp app) => app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static string Pattern(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText?.TrimStart('/');

    private static bool IsProtected(RouteEndpoint endpoint)
        => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null;

    // Files of wwwroot and the framework's own scripts and circuit.
    private static bool IsAsset(RouteEndpoint endpoint)
        => Pattern(endpoint) is var pattern
            && (pattern.StartsWith("/_framework", StringComparison.Ordinal) || pattern.StartsWith("/_blazor", StringComparison.Ordinal)
                || pattern.StartsWith("/_content", StringComparison.Ordinal) || Path.HasExtension(pattern) || pattern == "/{**path:file}"
                || endpoint.DisplayName?.Contains("static files", StringComparison.OrdinalIgnoreCase) == true);
}
