using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Help.Pages;

/// <summary>The help page as the server sends it, and the error answers that lead to it.</summary>
public sealed class HelpPageTests
{
    private const string Page = "/help/api-keys";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_verdict_and_every_code_in_the_source_has_an_anchor()
    {
        await using var app = PortalApp.Start();
        var page = await ReadAsync(app);
        var anchors = page.QuerySelectorAll("[id]").Select(e => e.Id!).ToHashSet();
        var verdicts = Enum.GetValues<VerdictCode>().Where(v => v != VerdictCode.Valid).Select(v => v.Answer()).ToList();

        Assert.All(verdicts, verdict => Assert.Contains($"{verdict.Status}", page.GetElementById(verdict.Code)?.TextContent ?? "", StringComparison.Ordinal));
        var literals = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), "Code = \"([a-z_]+)\"", RegexOptions.None, TimeSpan.FromSeconds(5)).Select(m => m.Groups[1].Value))
            .Distinct().ToList();
        Assert.Contains("flow_failed", literals);
        Assert.Empty(literals.Except(anchors));
    }

    [Fact]
    public async Task Ids_are_unique_and_every_link_into_the_page_finds_its_place()
    {
        await using var app = PortalApp.Start();
        var page = await ReadAsync(app);

        var ids = page.QuerySelectorAll("[id]").Select(e => e.Id!).ToList();
        Assert.Equal(ids.Distinct(), ids);
        var inside = page.QuerySelectorAll($"a[href^='{Page}#']").Select(a => a.GetAttribute("href")!.Split('#')[1]).ToList();
        Assert.True(inside.Count > 40);
        Assert.Empty(inside.Except(ids));
        Assert.Empty(page.QuerySelectorAll("section[aria-labelledby] > h2").Select(h => h.Id!).Except(page.QuerySelectorAll(".toc a").Select(a => a.GetAttribute("href")!.Split('#')[1])));
    }

    [Fact]
    public async Task The_examples_carry_the_address_that_was_called_and_can_be_copied()
    {
        await using var app = PortalApp.Start();
        var address = app.Address.ToString().TrimEnd('/');
        var page = await ReadAsync(app);
        var examples = page.QuerySelectorAll("pre").Select(e => e.TextContent).ToList();

        Assert.Contains($"{address}/flows/abc123/execute?api_key=ft_live_xxxx...", examples);
        Assert.Contains($"{address}/api/orders?api_key=ft_live_xxxx...", examples);
        Assert.Contains(examples, e => e.StartsWith($"curl -X POST {address}/flows/abc123/execute ", StringComparison.Ordinal));
        Assert.Contains(examples, e => e.Contains("requests.post(", StringComparison.Ordinal) && e.Contains(address, StringComparison.Ordinal));
        Assert.Contains(examples, e => e.Contains("await fetch(", StringComparison.Ordinal) && e.Contains(address, StringComparison.Ordinal));
        Assert.Equal(examples, page.QuerySelectorAll(".help-code [data-copy]").Select(b => b.GetAttribute("data-copy")));
        Assert.Contains(SecretPatterns.Gitleaks.Trim(), examples.Select(e => e.Trim()));
    }

    [Fact]
    public async Task A_public_address_replaces_the_one_that_was_called()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:PublicAddress"] = "https://keys.example.test/" });
        using var http = app.Http();

        Assert.Contains((await ReadAsync(app)).QuerySelectorAll("pre"), e => e.TextContent.Contains("https://keys.example.test/flows/abc123/execute", StringComparison.Ordinal));
        Assert.Equal("https://keys.example.test/help/api-keys#missing_key", Type(await http.ExecuteAsync("abc123", null)));
    }

    [Fact]
    public async Task A_stranger_reads_it_without_a_circuit_and_learns_nothing_of_this_installation()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:SupportContact"] = "ops@example.test", ["Access:Limits:PerMinute"] = "4711", ["Access:FailuresPerMinute"] = "815" });
        await app.KeyAsync(Given.Settings("erp-order-sync-secret-project"));
        using var http = app.Http();

        var html = await http.GetStringAsync(Page, Cancellation);

        Assert.DoesNotContain("\"type\":\"server\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-project", html, StringComparison.Ordinal);
        Assert.DoesNotContain("ops@example.test", html, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", html, StringComparison.Ordinal);
        Assert.DoesNotContain("815 ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("sidebar", html, StringComparison.Ordinal);
        Assert.Contains("/account/sign-in", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_signed_in_keeps_the_sidebar()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();

        var page = new HtmlParser().ParseDocument(await http.GetStringAsync(Page, Cancellation));

        Assert.Equal("Help", page.QuerySelector("nav[aria-label=Main] [aria-current=page]")?.TextContent.Trim());
        Assert.Equal(SignedInClient.AdminEmail, page.QuerySelector(".me .name")?.TextContent);
    }

    [Fact]
    public async Task The_type_of_every_error_answer_leads_to_its_code_on_the_page()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        var readOnly = (await app.KeyAsync(Given.Settings("reader", KeyPermission.ReadOnly))).Token.Reveal();
        var full = (await app.KeyAsync(Given.Settings("full"))).Token.Reveal();
        var page = await ReadAsync(app);
        var answers = new Dictionary<string, Answer>
        {
            ["missing_key"] = await http.ExecuteAsync("abc123", null),
            ["malformed_key"] = await http.ExecuteAsync("abc123", "ft_live_x"),
            ["unknown_key"] = await http.ExecuteAsync("abc123", ApiKeyToken.Create(KeyEnvironment.Live).Reveal()),
            ["ambiguous_key"] = await http.SendPostAsync($"/flows/abc123/execute?api_key={full}", full),
            ["read_only_key"] = await http.ExecuteAsync("abc123", readOnly),
            ["flow_not_found"] = await http.ExecuteAsync("nothing", full),
            ["insufficient_permission"] = await http.SendGetAsync("/v1/keys", readOnly),
            ["not_found"] = await http.SendGetAsync("/v1/nothing", full),
            ["method_not_allowed"] = await http.SendGetAsync("/flows/abc123/execute", full),
            ["invalid_request"] = await http.SendPostAsync("/v1/keys", full, "{"),
            ["invalid_field"] = await http.SendPostAsync("/v1/keys", full, """{"name":""}"""),
        };

        foreach (var (code, answer) in answers)
        {
            Assert.Equal(code, answer.Code);
            Assert.Equal($"{app.Address}help/api-keys#{code}", Type(answer));
            Assert.NotNull(page.GetElementById(code));
        }
    }

    private static string? Type(Answer answer) => answer.Json.GetProperty("type").GetString();

    private static async Task<IDocument> ReadAsync(PortalApp app)
    {
        using var http = app.Http();
        using var answer = await http.GetAsync(new Uri(Page, UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private static string Source([CallerFilePath] string path = "")
        => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "..", "FactoryThread.Portal"));
}
