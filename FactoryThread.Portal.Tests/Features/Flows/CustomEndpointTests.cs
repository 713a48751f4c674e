using System.Net;
using System.Net.Sockets;
using System.Text;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.AspNetCore.Http;

namespace FactoryThread.Portal.Tests.Features.Flows;

public sealed class CustomEndpointTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PURGE")]
    public async Task Method_query_body_and_headers_reach_the_target_and_its_answer_comes_back(string method)
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = 201;
            context.Response.Headers["X-Flow"] = "orders";
            context.Response.ContentType = "application/xml";
            return context.Response.WriteAsync("<ok/>");
        });
        await rig.TargetAsync("abc123", target.Address + "/erp?source=portal");
        var content = method is "GET" or "DELETE" or "OPTIONS" ? null : new StringContent("a;b", Encoding.UTF8, "text/csv");

        using var answer = await rig.SendAsync(new HttpMethod(method), "api/orders?page=2&name=M%C3%BCller&x=a+b", await rig.KeyAsync(), content, ("X-Shop", "7"), ("Accept", "application/xml"));

        Assert.Equal(201, (int)answer.StatusCode);
        Assert.Equal("<ok/>", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(("application/xml", "orders"), (answer.Content.Headers.ContentType?.MediaType, answer.Headers.GetValues("X-Flow").Single()));
        var received = Assert.Single(target.Requests);
        Assert.Equal((method, "/erp?source=portal&page=2&name=M%C3%BCller&x=a+b"), (received.Method, received.Target));
        Assert.Equal(("7", "application/xml"), (received.Headers["X-Shop"], received.Headers["Accept"]));
        Assert.Equal(content is null ? "" : "a;b", received.Text);
        var entry = Assert.Single(await rig.ExecutionsAsync());
        Assert.Equal((answer.Headers.GetValues("X-Execution-Id").Single(), Outcome.Succeeded, 201, "abc123"), (entry.ExecutionId, entry.Outcome, entry.Status, entry.FlowId));
    }

    [Fact]
    public async Task Head_has_the_headers_and_no_body()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.ContentLength = 1234;
            context.Response.ContentType = "text/csv";
            return Task.CompletedTask;
        });
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.SendAsync(HttpMethod.Head, "api/orders", await rig.KeyAsync());

        Assert.Equal((200, 1234L, "text/csv"), ((int)answer.StatusCode, answer.Content.Headers.ContentLength, answer.Content.Headers.ContentType?.MediaType));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("HEAD", Assert.Single(target.Requests).Method);
    }

    [Fact]
    public async Task Neither_key_nor_cookie_nor_hop_by_hop_headers_reach_the_target()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync();
        await rig.TargetAsync("abc123", target.Address);
        var key = await rig.KeyAsync();

        using var byHeader = await rig.SendAsync(
            HttpMethod.Get,
            "api/orders",
            key,
            null,
            ("Cookie", "portal=session"),
            ("Connection", "X-Private"),
            ("X-Private", "1"),
            ("Keep-Alive", "timeout=5"),
            ("TE", "trailers"),
            ("Proxy-Authorization", "Basic x"),
            ("X-Forwarded-For", "1.2.3.4"),
            ("X-Real-IP", "1.2.3.4"),
            ("Referer", $"{rig.App.Address}api/orders?api_key={key}"),
            ("X-Copy", key));
        using var byQuery = await rig.SendAsync(HttpMethod.Get, $"api/orders?a=1&api_key={key}&b=2", null);
        using var escaped = await rig.SendAsync(HttpMethod.Get, $"api/orders?API%5FKEY={key}&b=2", null);

        Assert.All(new[] { byHeader, byQuery, escaped }, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Equal(["/", "/?a=1&b=2", "/?b=2"], target.Requests.Select(r => r.Target));
        Assert.All(target.Requests, received =>
        {
            Assert.DoesNotContain(
                received.Headers.Keys,
                name => name.ToUpperInvariant() is "AUTHORIZATION" or "COOKIE" or "CONNECTION" or "X-PRIVATE" or "KEEP-ALIVE" or "TE" or "PROXY-AUTHORIZATION"
                    or "X-FORWARDED-FOR" or "X-REAL-IP" or "REFERER");
            Assert.DoesNotContain(received.Headers.Values, value => value.Contains(key, StringComparison.Ordinal));
            Assert.Equal(new Uri(target.Address).Authority, received.Headers["Host"]);
        });
        Assert.Equal("private", byQuery.Headers.CacheControl?.ToString());
        Assert.Equal("key-in-url", byQuery.Headers.GetValues("X-Key-Warning").Single());
    }

    [Fact]
    public async Task The_answer_cannot_act_on_the_portals_origin()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            var headers = context.Response.Headers;
            headers.Append("Set-Cookie", "portal=stolen");
            headers.ContentSecurityPolicy = "script-src *";
            headers.StrictTransportSecurity = "max-age=1";
            headers["Clear-Site-Data"] = "\"*\"";
            headers["Service-Worker-Allowed"] = "/";
            headers["X-Content-Type-Options"] = "none";
            headers["Referrer-Policy"] = "unsafe-url";
            headers["X-Request-Id"] = "theirs";
            headers["X-Execution-Id"] = "theirs";
            headers["RateLimit"] = "theirs";
            headers["X-Odd"] = "gr\u00fc\u00dfe";
            headers["X-Fine"] = "yes";
            headers.Connection = "X-Theirs";
            headers["X-Theirs"] = "1";
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<script>alert(1)</script>");
        });
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.SendAsync(HttpMethod.Get, "api/orders", await rig.KeyAsync());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("sandbox; base-uri 'none'; frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("yes", answer.Headers.GetValues("X-Fine").Single());
        foreach (var name in "Set-Cookie Strict-Transport-Security Clear-Site-Data Service-Worker-Allowed X-Theirs X-Odd".Split(' '))
        {
            Assert.False(answer.Headers.Contains(name), name);
        }

        Assert.DoesNotContain("theirs", answer.Headers.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_passed_on_and_not_followed()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.Redirect("/second");
            return Task.CompletedTask;
        });
        await rig.TargetAsync("abc123", target.Address + "/first");

        using var answer = await rig.SendAsync(HttpMethod.Get, "api/orders", await rig.KeyAsync());

        Assert.Equal((302, "/second"), ((int)answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.Equal("/first", Assert.Single(target.Requests).Target);
    }

    [Theory]
    [InlineData("GET", 3)]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    public async Task Only_methods_that_may_be_repeated_are_retried_and_the_targets_failure_is_passed_on(string method, int calls)
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "3600";
            return context.Response.WriteAsync("maintenance");
        });
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.SendAsync(new HttpMethod(method), "api/orders", await rig.KeyAsync());

        Assert.Equal((503, "maintenance", "3600"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel), answer.Headers.RetryAfter?.ToString()));
        Assert.Equal(calls, target.Requests.Count);
        var entry = Assert.Single(await rig.ExecutionsAsync());
        Assert.Equal((Outcome.Failed, 503, "flow_failed"), (entry.Outcome, entry.Status, entry.Code));
    }

    [Fact]
    public async Task A_target_that_hangs_is_502_with_the_execution_id()
    {
        await using var rig = await GatewayRig.StartAsync(new() { ["Flows:Timeout"] = "00:00:00.5" });
        await using var target = await TargetServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await rig.TargetAsync("abc123", target.Address);

        using var answer = await rig.SendAsync(HttpMethod.Post, "api/orders", await rig.KeyAsync(), new StringContent("x"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("flow_failed", await GatewayRig.CodeAsync(answer));
        Assert.Equal(Assert.Single(await rig.ExecutionsAsync()).ExecutionId, answer.Headers.GetValues("X-Execution-Id").Single());
        Assert.Single(target.Requests);
    }

    [Fact]
    public async Task Half_an_answer_does_not_look_like_a_whole_one()
    {
        await using var rig = await GatewayRig.StartAsync();
        var seen = new TaskCompletionSource();
        await using var target = await TargetServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first half");
            await context.Response.Body.FlushAsync();
            await seen.Task;
            context.Abort();
        });
        await rig.TargetAsync("abc123", target.Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/orders");
        request.Headers.Authorization = new("Bearer", await rig.KeyAsync());

        using var answer = await rig.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using var stream = await answer.Content.ReadAsStreamAsync(Cancel);
        await stream.ReadExactlyAsync(new byte["first half".Length], Cancel);
        seen.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadAsync(new byte[1], Cancel).AsTask());
    }

    [Fact]
    public async Task Bytes_and_encodings_pass_unchanged_in_both_directions()
    {
        await using var rig = await GatewayRig.StartAsync();
        var bytes = new byte[3 * 1024 * 1024];
        new Random(7).NextBytes(bytes);
        await using var target = await TargetServer.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.ContentType = "application/octet-stream";
            return context.Response.Body.WriteAsync(bytes).AsTask();
        });
        await rig.TargetAsync("abc123", target.Address);
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentEncoding.Add("br");

        using var answer = await rig.SendAsync(HttpMethod.Put, "api/orders", await rig.KeyAsync(), content);

        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        var received = Assert.Single(target.Requests);
        Assert.Equal(bytes, received.Body);
        Assert.Equal("br", received.Headers["Content-Encoding"]);
    }

    [Fact]
    public async Task The_echo_returns_the_body_with_its_content_type_or_the_query_as_json()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();

        using var body = await rig.SendAsync(HttpMethod.Post, "api/orders", key, new StringContent("<x/>", Encoding.UTF8, "text/html"));
        using var query = await rig.SendAsync(HttpMethod.Get, $"api/orders?customerId=C001&api_key={key}", null);
        using var head = await rig.SendAsync(HttpMethod.Head, "api/orders/", key);

        Assert.Equal(("<x/>", "text/html"), (await body.Content.ReadAsStringAsync(Cancel), body.Content.Headers.ContentType?.MediaType));
        Assert.Equal("sandbox; base-uri 'none'; frame-ancestors 'none'", body.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("""{"customerId":"C001"}""", await query.Content.ReadAsStringAsync(Cancel));
        Assert.Equal((200, 2L), ((int)head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Equal(3, (await rig.ExecutionsAsync()).Count);
    }

    [Fact]
    public async Task The_headers_of_a_connection_open_the_target_and_a_caller_cannot_replace_them()
    {
        await using var rig = await GatewayRig.StartAsync();
        await using var target = await TargetServer.StartAsync();
        var connection = (await rig.App.Get<ConnectionService>().CreateAsync(
            new ConnectionSettings { Name = "ERP", BaseAddress = target.Address + "/base", Headers = [new("Authorization", "Basic ZXJw"), new("X-Erp-Key", "secret")] },
            Caller.CommandLine,
            Cancel)).Require();
        (await rig.App.Get<FlowService>().UpdateAsync("abc123", s => s with { Live = new FlowTarget("in/orders", connection.Id) }, Caller.CommandLine, Cancel)).Require();

        using var custom = await rig.SendAsync(HttpMethod.Get, "api/orders?q=1", await rig.KeyAsync(), null, ("X-Erp-Key", "mine"));
        using var executed = await rig.ExecuteAsync(await rig.KeyAsync(), "{}");

        Assert.Equal((200, 200), ((int)custom.StatusCode, (int)executed.StatusCode));
        Assert.Equal(["/base/in/orders?q=1", "/base/in/orders"], target.Requests.Select(r => r.Target));
        Assert.All(target.Requests, r => Assert.Equal(("Basic ZXJw", "secret"), (r.Headers["Authorization"], r.Headers["X-Erp-Key"])));
    }

    [Fact]
    public async Task An_unknown_route_tells_nothing_to_a_key_with_selected_flows()
    {
        await using var rig = await GatewayRig.StartAsync();

        using var full = await rig.SendAsync(HttpMethod.Get, "api/nope", await rig.KeyAsync());
        using var id = await rig.SendAsync(HttpMethod.Get, "api/abc123", await rig.KeyAsync());
        using var root = await rig.SendAsync(HttpMethod.Get, "api", await rig.KeyAsync());
        using var selected = await rig.SendAsync(HttpMethod.Get, "api/nope", await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["abc123"]));
        using var other = await rig.SendAsync(HttpMethod.Get, "api/invoices", await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["abc123"]));
        using var readOnly = await rig.SendAsync(HttpMethod.Get, "api/orders", await rig.KeyAsync(KeyPermission.ReadOnly));
        using var none = await rig.SendAsync(HttpMethod.Get, "api/orders", null);

        Assert.Equal((404, "flow_not_found"), ((int)full.StatusCode, await GatewayRig.CodeAsync(full)));
        Assert.Equal((404, "flow_not_found"), ((int)id.StatusCode, await GatewayRig.CodeAsync(id)));
        Assert.Equal((404, "flow_not_found"), ((int)root.StatusCode, await GatewayRig.CodeAsync(root)));
        Assert.Equal((403, "flow_not_permitted"), ((int)selected.StatusCode, await GatewayRig.CodeAsync(selected)));
        Assert.Equal((403, "flow_not_permitted"), ((int)other.StatusCode, await GatewayRig.CodeAsync(other)));
        Assert.Equal((403, "read_only_key"), ((int)readOnly.StatusCode, await GatewayRig.CodeAsync(readOnly)));
        Assert.Equal((401, "missing_key"), ((int)none.StatusCode, await GatewayRig.CodeAsync(none)));
    }

    [Fact]
    public async Task Raw_requests_of_every_odd_shape_get_an_answer_below_500()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();
        string[] lines =
        [
            "TRACE /api/orders HTTP/1.1", "GET /api/orders?%zz=%&&=&api_key HTTP/1.1", "GET /api/%E0%A4%A HTTP/1.1", "GET /api/orders?a=%00 HTTP/1.1",
            "GET /api//orders HTTP/1.1", "GET /api/orders/../../v1/keys HTTP/1.1", "POST /flows/%2e%2e/execute HTTP/1.1", "GET /api/orders?x=\u0001 HTTP/1.1",
        ];

        foreach (var line in lines)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(rig.App.Address.Host, rig.App.Address.Port, Cancel);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"{line}\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"), Cancel);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(Cancel);
            Assert.Matches("^HTTP/1.1 [234]", answer);
        }
    }
}
