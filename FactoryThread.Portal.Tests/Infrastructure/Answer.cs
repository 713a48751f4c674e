using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>An HTTP answer, read whole.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Body)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The member <c>code</c> of a problem or a verdict.</summary>
    public string? Code => Json.GetProperty("code").GetString();

    public string? Header(string name) => Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : null;
}

/// <summary>Requests as an outside program sends them.</summary>
internal static class Calls
{
    /// <param name="key">A whole key for <c>Authorization: Bearer</c>, or null.</param>
    /// <param name="json">The body as it goes over the wire, or null for none.</param>
    public static async Task<Answer> CallAsync(
        this HttpClient http, HttpMethod method, string path, string? key = null, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers, body);
    }

    public static Task<Answer> SendGetAsync(this HttpClient http, string path, string? key, params (string Name, string Value)[] headers)
        => http.CallAsync(HttpMethod.Get, path, key, null, headers);

    public static Task<Answer> SendPostAsync(this HttpClient http, string path, string? key, string? json = null, params (string Name, string Value)[] headers)
        => http.CallAsync(HttpMethod.Post, path, key, json, headers);

    public static Task<Answer> ExecuteAsync(this HttpClient http, string flowId, string? key, string? json = null, params (string Name, string Value)[] headers)
        => http.SendPostAsync($"/flows/{flowId}/execute", key, json, headers);
}
