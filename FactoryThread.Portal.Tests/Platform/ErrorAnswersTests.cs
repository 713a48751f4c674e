using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class ErrorAnswersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fault_tells_the_caller_nothing_about_the_code_and_the_log_everything()
    {
        var app = await PlatformApp.StartAsync();
        await using (app)
        {
            using var answer = await app.Http.GetAsync("/v1/bug", Cancel);

            var problem = await ProblemOf(answer, HttpStatusCode.InternalServerError, "internal_error");
            Assert.DoesNotContain("secret-of-the-code", problem.GetRawText(), StringComparison.Ordinal);
            Assert.DoesNotContain(" at ", problem.GetRawText(), StringComparison.Ordinal);
        }

        // The log is written once the answer is out; the end of the server waits for that.
        Assert.Contains(app.Logs.Entries, entry => entry.Level == LogLevel.Error && entry.Text.Contains("secret-of-the-code", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failing_store_is_503_with_retry_after_and_a_broken_constraint_is_not()
    {
        await using var app = await PlatformApp.StartAsync();

        using var store = await app.Http.GetAsync("/v1/store", Cancel);
        using var constraint = await app.Http.GetAsync("/v1/constraint", Cancel);

        await ProblemOf(store, HttpStatusCode.ServiceUnavailable, "store_unavailable");
        Assert.NotNull(store.Headers.RetryAfter?.Delta);
        await ProblemOf(constraint, HttpStatusCode.InternalServerError, "internal_error");
    }

    [Theory]
    [InlineData("GET", "/v1/nothing-here", 404, "not_found")]
    [InlineData("GET", "/flows/a/b/c", 404, "not_found")]
    [InlineData("GET", "/executions%00", 400, "not_found")]
    [InlineData("DELETE", "/v1/bug", 405, "method_not_allowed")]
    public async Task Unknown_paths_and_methods_of_the_API_are_problems(string method, string path, int status, string code)
    {
        await using var app = await PlatformApp.StartAsync();

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await app.Http.SendAsync(request, Cancel);

        if (path.Contains("%00", StringComparison.Ordinal))
        {
            // The server itself turns this away.
            Assert.InRange((int)answer.StatusCode, 400, 499);
            return;
        }

        await ProblemOf(answer, (HttpStatusCode)status, code);
    }

    [Theory]
    [InlineData("/v1/body")]
    [InlineData("/v1/json")]
    public async Task A_body_over_10_MB_is_413(string path)
    {
        await using var app = await PlatformApp.StartAsync();

        using var content = new ByteArrayContent(new byte[11 * 1024 * 1024]);
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.ExpectContinue = true;
        using var answer = await app.Http.SendAsync(request, Cancel);

        await ProblemOf(answer, HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Theory]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("""{"name":1}""", "name")]
    [InlineData("""{"nmae":"x"}""", "nmae")]
    [InlineData("""{"name":"x","name":"y"}""", "name")]
    public async Task Malformed_JSON_is_400_and_names_the_field(string body, string? field)
    {
        await using var app = await PlatformApp.StartAsync();

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await app.Http.PostAsync("/v1/json", content, Cancel);

        var problem = await ProblemOf(answer, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(field, problem.TryGetProperty("field", out var named) ? named.GetString() : null);
    }

    [Theory]
    [InlineData("/pages/bug", 500, "Something went wrong")]
    [InlineData("/pages/store", 503, "Temporarily unavailable")]
    [InlineData("/pages/nothing-here", 404, "Page not found")]
    public async Task People_get_a_page_with_the_request_id(string path, int status, string title)
    {
        await using var app = await PlatformApp.StartAsync();

        using var answer = await app.Http.GetAsync(path, Cancel);
        var html = await answer.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"<h1>{title}</h1>", html, StringComparison.Ordinal);
        Assert.Contains(answer.Headers.GetValues("X-Request-Id").Single(), html, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-code", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dark", "<html lang=\"en\" class=\"dark\" data-theme=\"dark\">")]
    [InlineData("light", "<html lang=\"en\" class=\"\" data-theme=\"light\">")]
    [InlineData("%22%3E%3Cscript%3E", "<html lang=\"en\" class=\"\" data-theme=\"system\">")]
    public async Task The_page_is_in_the_chosen_theme(string cookie, string expected)
    {
        await using var app = await PlatformApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/pages/nothing-here") { Headers = { { "Cookie", $"theme={cookie}" } } };

        using var answer = await app.Http.SendAsync(request, Cancel);

        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ProblemOf(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal(answer.Headers.GetValues("X-Request-Id").Single(), problem.GetProperty("traceId").GetString());
        return problem;
    }
}
