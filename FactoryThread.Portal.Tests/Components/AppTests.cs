using System.Net;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Components;

/// <summary>The page around every screen, as the server sends it.</summary>
public sealed partial class AppTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("theme=dark", "dark", "dark")]
    [InlineData("theme=light", "", "light")]
    [InlineData("theme=%22%3E%3Cscript%3E", "", "system")]
    [InlineData(null, "", "system")]
    public async Task The_remembered_theme_is_in_the_first_bytes(string? cookie, string style, string choice)
    {
        await using var app = PortalApp.Start();

        var html = await PageAsync(app, "/account/sign-in", cookie);

        var root = Root().Match(html);
        Assert.Equal(style, root.Groups["class"].Value);
        Assert.Equal(choice, root.Groups["theme"].Value);
    }

    [Fact]
    public async Task No_script_runs_that_the_policy_does_not_name_and_nothing_comes_from_another_host()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        using var answer = await http.GetAsync(new Uri("/account/sign-in", UriKind.Relative), Cancellation);
        var html = await answer.Content.ReadAsStringAsync(Cancellation);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));

        Assert.NotEmpty(Script().Matches(html));
        Assert.All(Script().Matches(html), script => Assert.True(
            script.Value.Contains(" src=\"", StringComparison.Ordinal)
            || (Nonce().Match(script.Value) is { Success: true } nonce && policy.Contains($"'nonce-{WebUtility.HtmlDecode(nonce.Groups[1].Value)}'", StringComparison.Ordinal)),
            script.Value));
        Assert.DoesNotMatch(@"(src|href)=""(https?:)?//", html);
        Assert.DoesNotMatch(@"\son[a-z]+=""", html);
    }

    [Fact]
    public async Task Every_file_the_page_asks_for_is_there_and_not_empty()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        var html = await PageAsync(app, "/account/sign-in");
        var files = Asset().Matches(html).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).Distinct().ToList();
        Assert.Contains(files, file => file.EndsWith(".woff2", StringComparison.Ordinal));
        Assert.Contains(files, file => file.StartsWith("app.", StringComparison.Ordinal));

        foreach (var file in files)
        {
            using var answer = await http.GetAsync(new Uri(file, UriKind.Relative), Cancellation);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{file}: {answer.StatusCode}");
            Assert.True((await answer.Content.ReadAsByteArrayAsync(Cancellation)).Length > 100, file);
        }
    }

    [Fact]
    public async Task The_start_page_asks_a_stranger_to_sign_in()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        using var answer = await http.GetAsync(new Uri("/", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/account/sign-in", answer.Headers.Location!.IsAbsoluteUri ? answer.Headers.Location.AbsolutePath : answer.Headers.Location.OriginalString.Split('?')[0]);
    }

    private static async Task<string> PageAsync(PortalApp app, string path, string? cookie = null)
    {
        using var http = app.Http();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var answer = await http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    [GeneratedRegex("<html lang=\"en\"(?: class=\"(?<class>[^\"]*)\")? data-theme=\"(?<theme>[^\"]*)\"")]
    private static partial Regex Root();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("nonce=\"([^\"]+)\"")]
    private static partial Regex Nonce();

    [GeneratedRegex("<(?:link|script)[^>]* (?:href|src)=\"([^\"]+)\"")]
    private static partial Regex Asset();
}
