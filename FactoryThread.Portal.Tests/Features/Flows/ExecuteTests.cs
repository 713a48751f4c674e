using System.Net;
using System.Text;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.AspNetCore.Http;

namespace FactoryThread.Portal.Tests.Features.Flows;

public sealed class ExecuteTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_echo_returns_its_input_in_the_answer_of_the_contract_and_is_recorded()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();

        using var answer = await rig.ExecuteAsync(key, """{"customerId": "C001", "ü": [1, 2.50, null]}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.NotNull(answer.Content.Headers.ContentLength);
        var json = await GatewayRig.JsonAsync(answer);
        Assert.Equal(
            ["executionId", "flowId", "environment", "status", "startedAt", "durationMs", "output"],
            json.EnumerateObject().Select(p => p.Name));
        var id = json.GetProperty("executionId").GetString()!;
        Assert.Matches("^exe_[0-9a-f]{32}$", id);
        Assert.Equal($"/executions/{id}", answer.Headers.Location?.OriginalString);
        Assert.Equal(("abc123", "live", "succeeded"), (json.GetProperty("flowId").GetString(), json.GetProperty("environment").GetString(), json.GetProperty("status").GetString()));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", json.GetProperty("startedAt").GetString()!);
        Assert.Equal("""{"customerId": "C001", "ü": [1, 2.50, null]}""", json.GetProperty("output").GetRawText());
        var entry = Assert.Single(await rig.ExecutionsAsync());
        Assert.Equal((id, "abc123", Outcome.Succeeded, 200, false), (entry.ExecutionId, entry.FlowId, entry.Outcome, entry.Status, entry.Test));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \r\n")]
    public async Task No_body_counts_as_an_empty_object(string? body)
    {
        await using var rig = await GatewayRig.StartAsync();

        using var answer = await rig.ExecuteAsync(await rig.KeyAsync(), body);

        Assert.Equal("{}", (await GatewayRig.JsonAsync(answer)).GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData("[1,2]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("0.1e-5")]
    [InlineData("\uFEFF{\"bom\":true}")]
    public async Task Any_json_value_is_taken(string body)
    {
        await using var rig = await GatewayRig.StartAsync();

        using var answer = await rig.ExecuteAsync(await rig.KeyAsync(), body);

        Assert.Equal(body.TrimStart('\uFEFF'), (await GatewayRig.JsonAsync(answer)).GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData("{", "application/json", 400)]
    [InlineData("{}{}", "application/json", 400)]
    [InlineData("{'a':1}", "application/json", 400)]
    [InlineData("{\"a\":1,}", "application/json", 400)]
    [InlineData("// comment\n{}", "application/json", 400)]
    [InlineData("customerId=C001", "application/x-www-form-urlencoded", 415)]
    [InlineData("<a/>", "application/xml", 415)]
    [InlineData("{}", "application/json; charset=utf-16", 415)]
    [InlineData("{}", "text/plain", 415)]
    public async Task A_body_that_is_not_json_is_a_recorded_failure_without_an_execution(string body, string type, int status)
    {
        await using var rig = await GatewayRig.StartAsync();
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await rig.SendAsync(HttpMethod.Post, "flows/abc123/execute", await rig.KeyAsync(), content);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("invalid_request", await GatewayRig.CodeAsync(answer));
        Assert.Empty(await rig.ExecutionsAsync());
        var entry = Assert.Single(await rig.LogAsync());
        Assert.Equal((Outcome.Failed, status), (entry.Outcome, entry.Status));
    }

    [Fact]
    public async Task Text_that_is_not_valid_unicode_and_nesting_without_end_are_400()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();

        foreach (var body in new[] { Encoding.Latin1.GetBytes("\"\u00ff\u00fe\""), Encoding.ASCII.GetBytes(new string('[', 100_000)), [0x00], [0xEF, 0xBB, 0xBF] })
        {
            using var answer = await rig.SendAsync(HttpMethod.Post, "flows/abc123/execute", key, new ByteArrayContent(body));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Twenty_megabytes_are_413_with_a_problem(bool chunked)
    {
        await using var rig = await GatewayRig.StartAsync();
        var content = new ByteArrayContent(new byte[20 * 1024 * 1024]);
        var request = new HttpRequestMessage(HttpMethod.Post, "flows/abc123/execute") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.Authorization = new("Bearer", await rig.KeyAsync());

        using var answer = await rig.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("body_too_large", await GatewayRig.CodeAsync(answer));
        Assert.Equal(413, Assert.Single(await rig.LogAsync()).Status);
    }

    [Fact]
    public async Task Nine_megabytes_pass_unchanged()
    {
        await using var rig = await GatewayRig.StartAsync();
        var text = "\"" + new string('x', 9 * 1024 * 1024) + "\"";

        using var answer = await rig.ExecuteAsync(await rig.KeyAsync(), text);

        Assert.Equal(text, (await GatewayRig.JsonAsync(answer)).GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("%C3%BC%F0%9F%94%91")]
    [InlineData("a%20b")]
    [InlineData("%00")]
    [InlineData("..%2f..%2fv1")]
    public async Task An_unknown_flow_is_404_to_a_key_that_sees_all_and_403_to_one_with_selected_flows(string id)
    {
        await using var rig = await GatewayRig.StartAsync();

        using var full = await rig.ExecuteAsync(await rig.KeyAsync(), "{}", id);
        using var selected = await rig.ExecuteAsync(await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["abc123"]), "{}", id);

        if (id != "%00")
        {
            Assert.Equal("flow_not_found", await GatewayRig.CodeAsync(full));
            Assert.Equal("flow_not_permitted", await GatewayRig.CodeAsync(selected));
        }

        Assert.InRange((int)full.StatusCode, 400, 404);
        Assert.InRange((int)selected.StatusCode, 400, 404);
    }

    [Fact]
    public async Task Unpublished_not_selected_and_read_only_are_403_each_with_its_code()
    {
        await using var rig = await GatewayRig.StartAsync();
        var selected = await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["inv200"]);
        await rig.App.Get<FlowService>().PublishAsync("inv200", false, Caller.CommandLine, Cancel);

        using var unpublished = await rig.ExecuteAsync(selected, "{}", "inv200");
        using var other = await rig.ExecuteAsync(selected, "{}");
        using var readOnly = await rig.ExecuteAsync(await rig.KeyAsync(KeyPermission.ReadOnly), "{}");

        Assert.Equal((403, "flow_not_published"), ((int)unpublished.StatusCode, await GatewayRig.CodeAsync(unpublished)));
        Assert.Equal((403, "flow_not_permitted"), ((int)other.StatusCode, await GatewayRig.CodeAsync(other)));
        Assert.Equal((403, "read_only_key"), ((int)readOnly.StatusCode, await GatewayRig.CodeAsync(readOnly)));
        Assert.All(new[] { unpublished, other, readOnly }, a => Assert.Equal("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox", a.Headers.GetValues("Content-Security-Policy").Single()));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Another_method_is_405_and_says_which_one_is_right(string method)
    {
        await using var rig = await GatewayRig.StartAsync();

        using var answer = await rig.SendAsync(new HttpMethod(method), "flows/abc123/execute", await rig.KeyAsync());

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Contains("POST", answer.Content.Headers.Allow);
        Assert.Equal("method_not_allowed", await GatewayRig.CodeAsync(answer));
    }

    [Fact]
    public async Task A_target_gets_the_json_and_its_json_is_the_output()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync();
        await rig.TargetAsync("abc123", target.Address + "/import?from=portal");

        using var answer = await rig.SendAsync(
            HttpMethod.Post, "flows/abc123/execute", await rig.KeyAsync(), new StringContent("""{"n":1}""", Encoding.UTF8, "application/json"), ("Cookie", "a=b"), ("X-Other", "1"));

        var json = await GatewayRig.JsonAsync(answer);
        Assert.Equal("""{"accepted":true}""", json.GetProperty("output").GetRawText());
        var received = Assert.Single(target.Requests);
        Assert.Equal(("POST", "/import?from=portal", """{"n":1}"""), (received.Method, received.Target, received.Text));
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        Assert.Equal(json.GetProperty("executionId").GetString(), received.Headers["X-Execution-Id"]);
        Assert.False(received.Headers.ContainsKey("Authorization") || received.Headers.ContainsKey("Cookie"));
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8", "grüße", "\"gr\\u00FC\\u00DFe\"")]
    [InlineData("application/json", "not json", "\"not json\"")]
    [InlineData("application/vnd.erp+json", "[1]", "[1]")]
    [InlineData("text/html", "<b>", "\"\\u003Cb\\u003E\"")]
    [InlineData("text/plain", "", "null")]
    public async Task What_is_not_json_comes_as_a_string(string type, string body, string output)
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        });
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.ExecuteAsync(await rig.KeyAsync(), "{}");

        Assert.Equal(output, (await GatewayRig.JsonAsync(answer)).GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task A_target_that_refuses_or_redirects_is_a_failed_execution(int status)
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return context.Response.WriteAsync("internal details");
        });
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.ExecuteAsync(await rig.KeyAsync(), "{}");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        var json = await GatewayRig.JsonAsync(answer);
        Assert.Equal("flow_failed", json.GetProperty("code").GetString());
        Assert.DoesNotContain("internal details", json.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(new Uri(target.Address).Authority, json.GetRawText(), StringComparison.Ordinal);
        Assert.Single(target.Requests);
        var entry = Assert.Single(await rig.ExecutionsAsync());
        Assert.Equal((json.GetProperty("executionId").GetString(), Outcome.Failed, 502), (entry.ExecutionId, entry.Outcome, entry.Status));
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), entry.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_hangs_or_does_not_listen_is_502_and_a_post_is_sent_once()
    {
        await using var rig = await GatewayRig.StartAsync(new() { ["Flows:Timeout"] = "00:00:00.5" });
        await using var target = await TargetServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await rig.TargetAsync("abc123", target.Address, "http://127.0.0.1:1/");

        using var hanging = await rig.ExecuteAsync(await rig.KeyAsync(), "{}");
        using var deaf = await rig.ExecuteAsync(await rig.KeyAsync(environment: KeyEnvironment.Test), "{}");

        Assert.Equal((502, "flow_failed"), ((int)hanging.StatusCode, await GatewayRig.CodeAsync(hanging)));
        Assert.Equal((502, "flow_failed"), ((int)deaf.StatusCode, await GatewayRig.CodeAsync(deaf)));
        Assert.Single(target.Requests);
        Assert.Equal(
            ["The target does not accept connections.", "The target did not answer within 0.5 seconds."],
            (await rig.ExecutionsAsync()).Select(e => e.Error));
    }

    [Fact]
    public async Task A_test_key_reaches_the_test_target_only()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var live = await TargetServer.StartAsync();
        await using var test = await TargetServer.StartAsync();
        await rig.TargetAsync("abc123", live.Address, test.Address);
        var key = await rig.KeyAsync(environment: KeyEnvironment.Test);

        using var executed = await rig.ExecuteAsync(key, "{}");
        using var custom = await rig.SendAsync(HttpMethod.Get, "api/orders", key);

        Assert.Equal("test", (await GatewayRig.JsonAsync(executed)).GetProperty("environment").GetString());
        Assert.Equal(HttpStatusCode.OK, custom.StatusCode);
        Assert.Equal((0, 2), (live.Requests.Count, test.Requests.Count));
        Assert.All(await rig.ExecutionsAsync(), e => Assert.True(e.Test));
    }

    [Fact]
    public async Task An_output_over_ten_megabytes_is_a_failed_execution()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context => context.Response.Body.WriteAsync(new byte[11 * 1024 * 1024]).AsTask());
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.ExecuteAsync(await rig.KeyAsync(), "{}");

        Assert.Equal((502, "flow_failed"), ((int)answer.StatusCode, await GatewayRig.CodeAsync(answer)));
    }

    [Fact]
    public async Task A_client_that_hangs_up_leaves_a_recorded_execution()
    {
        await using var rig = await GatewayRig.StartAsync();
        var arrived = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var target = await TargetServer.StartAsync(async context =>
        {
            arrived.SetResult();
            await goOn.Task;
            await context.Response.WriteAsync("done");
        });
        await rig.TargetAsync("abc123", target.Address);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var request = new HttpRequestMessage(HttpMethod.Post, "flows/abc123/execute");
        request.Headers.Authorization = new("Bearer", await rig.KeyAsync());

        var call = rig.Http.SendAsync(request, hangUp.Token);
        await arrived.Task.WaitAsync(Cancel);
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        goOn.SetResult();

        await GatewayRig.UntilAsync(async () => (await rig.ExecutionsAsync()).Count == 1);
        Assert.Equal(Outcome.Succeeded, (await rig.ExecutionsAsync())[0].Outcome);
    }
}
