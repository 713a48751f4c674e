using System.Net;
using System.Text.Json;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Help.Http;

public sealed class HelpDownloadsTests
{
    private const string Postman = "/help/api-keys/factorythread.postman_collection.json";
    private const string Environment = "/help/api-keys/factorythread.env";

    [Fact]
    public async Task The_collection_has_the_form_that_Postmans_schema_requires()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        var answer = await http.SendGetAsync(Postman, null);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("application/json", answer.ContentHeaders.ContentType?.MediaType);
        Assert.Equal("factorythread.postman_collection.json", answer.ContentHeaders.ContentDisposition?.FileName);
        var collection = answer.Json;
        // "required" of the collection and of its info.
        Assert.Equal("https://schema.getpostman.com/json/collection/v2.1.0/collection.json", Text(collection.GetProperty("info"), "schema"));
        Assert.NotEmpty(Text(collection.GetProperty("info"), "name"));
        // auth: the type names the member that holds the attributes, each with a key.
        var auth = collection.GetProperty("auth");
        var token = Assert.Single(auth.GetProperty(Text(auth, "type")).EnumerateArray().ToList());
        Assert.Equal(("token", "{{apiKey}}"), (Text(token, "key"), Text(token, "value")));
        var requests = Requests(collection).ToList();
        Assert.True(requests.Count >= 15);
        Assert.Equal(requests.Select(r => r.Name).Distinct(), requests.Select(r => r.Name));
        Assert.All(requests, r =>
        {
            Assert.Contains(Text(r.Request, "method"), (string[])["GET", "POST", "PUT", "PATCH", "DELETE"]);
            Assert.StartsWith("{{baseUrl}}/", Text(r.Request, "url"), StringComparison.Ordinal);
            Assert.All(r.Request.GetProperty("header").EnumerateArray(), h => Assert.NotEmpty(Text(h, "key") + Text(h, "value")));
            if (r.Request.TryGetProperty("body", out var body))
            {
                Assert.Equal("raw", Text(body, "mode"));
                Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(Text(body, "raw")).RootElement.ValueKind);
            }
        });
    }

    [Fact]
    public async Task Every_variable_that_is_used_is_defined_and_the_key_is_empty()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        var answer = await http.SendGetAsync(Postman, null);

        var defined = answer.Json.GetProperty("variable").EnumerateArray().ToDictionary(v => Text(v, "key"), v => Text(v, "value"));
        var used = System.Text.RegularExpressions.Regex.Matches(answer.Body, "{{([^}]+)}}").Select(m => m.Groups[1].Value).Distinct();

        Assert.Empty(used.Except(defined.Keys));
        Assert.Equal(app.Address.ToString().TrimEnd('/'), defined["baseUrl"]);
        Assert.Equal("", defined["apiKey"]);
        Assert.DoesNotMatch("ft_(live|test)_[0-9A-Za-z]{40}", answer.Body);
    }

    [Fact]
    public async Task The_collections_requests_reach_what_they_name()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        var key = await app.KeyAsync(Given.Settings("full") with { Expiration = KeyExpiration.Never });
        var other = await app.KeyAsync(Given.Settings("other"));
        var execution = (await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Json.GetProperty("executionId").GetString();
        var collection = (await http.SendGetAsync(Postman, null)).Json;
        var failures = new List<string>();

        foreach (var (name, request) in Requests(collection))
        {
            var path = Fill(Text(request, "url"));
            var body = request.TryGetProperty("body", out var sent) ? Fill(Text(sent, "raw")) : null;
            var answer = await http.CallAsync(new HttpMethod(Text(request, "method")), path, key.Token.Reveal(), body);
            // A refusal by the state of things would be right too: after "regenerate" no old value may be left, after "revoke" nothing to report.
            if ((int)answer.Status is not (>= 200 and < 300) && !(answer.Status == HttpStatusCode.Conflict && name is "Report a key compromised")
                && !(answer.Status == HttpStatusCode.Forbidden && name.StartsWith("Regenerate this key", StringComparison.Ordinal)))
            {
                failures.Add($"{name}: {(int)answer.Status} {answer.Body}");
            }
        }

        Assert.Empty(failures);

        string Fill(string text) => text
            .Replace("{{baseUrl}}", "", StringComparison.Ordinal).Replace("{{flowId}}", "abc123", StringComparison.Ordinal).Replace("{{route}}", "orders", StringComparison.Ordinal)
            .Replace("{{keyId}}", other.Key.Id, StringComparison.Ordinal).Replace("{{executionId}}", execution, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_env_file_has_the_address_and_a_place_for_the_key()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        var answer = await http.SendGetAsync(Environment, null);

        Assert.Equal("factorythread.env", answer.ContentHeaders.ContentDisposition?.FileName);
        Assert.Equal(
            [$"FACTORYTHREAD_URL={app.Address.ToString().TrimEnd('/')}", "FACTORYTHREAD_FLOW_ID=abc123", "FACTORYTHREAD_API_KEY="],
            answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')));
        Assert.DoesNotContain('\r', answer.Body);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    // An item is a folder (item) or a request, never both.
    private static IEnumerable<(string Name, JsonElement Request)> Requests(JsonElement folder)
    {
        foreach (var item in folder.GetProperty("item").EnumerateArray())
        {
            var isFolder = item.TryGetProperty("item", out _);
            Assert.NotEqual(isFolder, item.TryGetProperty("request", out var request));
            if (isFolder)
            {
                foreach (var inner in Requests(item))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return (Text(item, "name"), request);
            }
        }
    }
}
