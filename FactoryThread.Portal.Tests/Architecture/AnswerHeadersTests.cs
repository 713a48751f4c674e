using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Routing;

namespace FactoryThread.Portal.Tests.Architecture;

/// <summary>What every answer of the portal tells browsers and caches, found by walking the routes, so that a new one cannot be forgotten.</summary>
public sealed class AnswerHeadersTests
{
    private static readonly string[] Files =
    [
        "/app.css", "/portal.js", "/favicon.svg", "/fonts/inter-latin.woff2", "/_framework/blazor.web.js", "/_content/MudBlazor/MudBlazor.min.css",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_page_is_protected_and_stays_out_of_caches()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        var key = await app.KeyAsync(owner: SignedInClient.AdminEmail);
        var pages = typeof(Program).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<RouteAttribute>()).Select(route => route.Template).ToList();

        Assert.True(pages.Count > 15, "the pages were not found");
        foreach (var path in pages.Select(page => Filled(page, key.Key.Id)).Append("/nothing-here").Append("/settings/api-keys/unknown"))
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Redirect, $"{path} answered {answer.StatusCode}");
            Protected(path, answer);
            // The guide to keys is the same for everybody.
            Assert.True(path == "/help/api-keys" || !Stored(answer), $"{path} may be stored: {answer.Headers.CacheControl}");
        }
    }

    [Fact]
    public async Task A_page_for_strangers_and_every_file_is_protected()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        foreach (var path in Files.Append("/account/sign-in").Append("/help/api-keys").Append("/settings/api-keys"))
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Redirect, $"{path} answered {answer.StatusCode}");
            Protected(path, answer);
        }

        using var health = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancel);
        Assert.Equal("text/plain; charset=utf-8", health.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Every_answer_that_a_key_opens_is_sandboxed_and_stays_out_of_caches()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        var key = await app.KeyAsync();
        await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}");
        var routes = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<KeyAccess>() is not null)
            .Where(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/')).Where(route => !route.StartsWith("/api/", StringComparison.Ordinal)).ToList();

        Assert.True(routes.Count > 5, "the routes were not found");
        foreach (var path in routes.Select(route => Filled(route, key.Key.Id)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new("Bearer", key.Token.Reveal());
            using var answer = await http.SendAsync(request, Cancel);
            Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);
            Protected(path, answer);
            Assert.True(!Stored(answer), $"{path} may be stored: {answer.Headers.CacheControl}");
        }
    }

    [Fact]
    public async Task Over_https_browsers_stay_there_and_every_cookie_is_kept_from_scripts_other_sites_and_plain_http()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:KnownProxies:0"] = "127.0.0.1" });
        (await app.Get<UserService>().AddFirstAsync(SignedInClient.AdminEmail, SignedInClient.AdminPassword, address: null, Cancel)).Require();
        using var http = app.Http();
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        http.DefaultRequestHeaders.Host = "portal.example.test";

        using var form = await http.GetAsync(new Uri("/account/sign-in", UriKind.Relative), Cancel);
        var formCookies = Cookies(form);
        http.DefaultRequestHeaders.Add("Cookie", string.Join("; ", formCookies.Select(cookie => cookie.Split(';')[0])));
        using var signedIn = await http.SubmitAsync("/account/sign-in", "sign-in", new() { ["Input.Email"] = SignedInClient.AdminEmail, ["Input.Password"] = SignedInClient.AdminPassword });

        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        Assert.Equal("max-age=31536000", form.Headers.GetValues("Strict-Transport-Security").Single());
        Assert.Contains(Cookies(signedIn), cookie => cookie.StartsWith("__Host-" + SignInSession.CookieName + "=", StringComparison.Ordinal));
        Assert.NotEmpty(formCookies);
        Assert.All([.. formCookies, .. Cookies(signedIn)], cookie =>
        {
            Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Matches("(?i); samesite=(lax|strict)", cookie);
        });
    }

    /// <summary>The route with ids in it that exist: a sample flow's, or the key's.</summary>
    private static string Filled(string route, string keyId)
    {
        var ofFlow = route.Contains("/flows/", StringComparison.Ordinal);
        return Regex.Replace(route, "{([^}]*)}", id => ofFlow || id.Groups[1].Value.StartsWith("flowId", StringComparison.Ordinal) ? "abc123" : keyId);
    }

    private static void Protected(string path, HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType is { } type && type.MediaType!.StartsWith("text/", StringComparison.Ordinal))
        {
            Assert.Equal((path, "utf-8"), (path, type.CharSet));
        }

        var policy = Header(answer, "Content-Security-Policy");
        Assert.True(policy.Contains("frame-ancestors 'none'", StringComparison.Ordinal), $"{path} may be framed: {policy}");
        var scripts = Regex.Match(policy, "script-src ([^;]*)").Groups[1].Value;
        Assert.False(scripts.Contains("unsafe", StringComparison.Ordinal) || (scripts.Length == 0 && !policy.Contains("default-src 'none'", StringComparison.Ordinal)), $"{path} runs any script: {policy}");
        Assert.Equal((path, "nosniff"), (path, Header(answer, "X-Content-Type-Options")));
        // A sandbox that loads nothing tells its address to nobody anyway.
        var tellsNobody = policy.Contains("default-src 'none'", StringComparison.Ordinal) && policy.Contains("sandbox", StringComparison.Ordinal);
        Assert.True(tellsNobody || Header(answer, "Referrer-Policy") == "no-referrer", $"{path} tells its address");
    }

    private static bool Stored(HttpResponseMessage answer) => answer.Headers.CacheControl?.NoStore != true;

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.Single() : "";

    private static List<string> Cookies(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var values) ? [.. values] : [];
}
