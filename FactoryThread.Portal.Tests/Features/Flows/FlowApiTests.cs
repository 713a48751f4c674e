using System.Net;
using System.Text;
using System.Text.Json;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows;

namespace FactoryThread.Portal.Tests.Features.Flows;

public sealed class FlowApiTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_lists_the_flows_it_may_see_page_by_page_without_their_targets()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.TargetAsync("abc123", "http://erp.internal.test/x");
        var readOnly = await rig.KeyAsync(KeyPermission.ReadOnly);

        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = await GetAsync(rig, $"flows?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", readOnly);
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("id").GetString()!));
            Assert.DoesNotContain("erp.internal", page.GetRawText(), StringComparison.Ordinal);
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        Assert.Equal(["abc123", "inv200", "shp420", "stk310"], ids);
        var selected = await GetAsync(rig, "flows", await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["inv200"]));
        Assert.Equal("inv200", Assert.Single(selected.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task One_flow_is_shown_to_the_keys_that_may_see_it()
    {
        await using var rig = await GatewayRig.StartAsync();
        var selected = await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["inv200"]);

        var flow = await GetAsync(rig, "flows/abc123", await rig.KeyAsync());
        using var other = await rig.SendAsync(HttpMethod.Get, "flows/abc123", selected);
        using var missing = await rig.SendAsync(HttpMethod.Get, "flows/nope", await rig.KeyAsync(KeyPermission.ReadOnly));

        Assert.Equal(("Order sync", "orders", true), (flow.GetProperty("name").GetString(), flow.GetProperty("route").GetString(), flow.GetProperty("published").GetBoolean()));
        Assert.EndsWith("Z", flow.GetProperty("createdAt").GetString(), StringComparison.Ordinal);
        Assert.Equal((403, "flow_not_permitted"), ((int)other.StatusCode, await GatewayRig.CodeAsync(other)));
        Assert.Equal((404, "flow_not_found"), ((int)missing.StatusCode, await GatewayRig.CodeAsync(missing)));
    }

    [Fact]
    public async Task Executions_are_listed_by_flow_and_status_and_found_by_the_location_of_the_answer()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();
        using var first = await rig.ExecuteAsync(key, "{}");
        using var second = await rig.ExecuteAsync(key, "{}", "inv200");
        await rig.TargetAsync("inv200", "http://127.0.0.1:1/");
        using var failed = await rig.ExecuteAsync(key, "{}", "inv200");
        var selected = await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["inv200"]);

        var all = await GetAsync(rig, "executions?limit=2", key);
        var rest = await GetAsync(rig, $"executions?limit=2&cursor={all.GetProperty("next").GetString()}", key);
        var own = await GetAsync(rig, "executions", selected);
        var ofFlow = await GetAsync(rig, "flows/inv200/executions?status=failed", selected);
        var one = await GetAsync(rig, first.Headers.Location!.OriginalString, key);
        using var hidden = await rig.SendAsync(HttpMethod.Get, first.Headers.Location.OriginalString, selected);
        using var hiddenFlow = await rig.SendAsync(HttpMethod.Get, "flows/abc123/executions", selected);

        Assert.Equal(["inv200", "inv200"], Items(all, "flowId"));
        Assert.Equal(["abc123"], Items(rest, "flowId"));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);
        Assert.Equal(["inv200", "inv200"], Items(own, "flowId"));
        Assert.Equal(["The target does not accept connections."], Items(ofFlow, "error"));
        Assert.Equal(("succeeded", "live", 200), (one.GetProperty("status").GetString(), one.GetProperty("environment").GetString(), one.GetProperty("httpStatus").GetInt32()));
        Assert.Equal(404, (int)hidden.StatusCode);
        Assert.Equal((403, "flow_not_permitted"), ((int)hiddenFlow.StatusCode, await GatewayRig.CodeAsync(hiddenFlow)));
    }

    [Fact]
    public async Task An_execution_names_the_key_only_to_those_who_may_see_it()
    {
        await using var rig = await GatewayRig.StartAsync();
        var (own, all) = (await KeyOfAsync("operator@example.test", PortalRole.Operator), await KeyOfAsync("admin@example.test", PortalRole.Administrator));
        using var foreign = await rig.ExecuteAsync(await rig.KeyAsync(), "{}");
        using var mine = await rig.ExecuteAsync(own, "{}");

        var seenByOwner = await GetAsync(rig, "executions", own);
        var one = await GetAsync(rig, foreign.Headers.Location!.OriginalString, own);
        var seenByAll = await GetAsync(rig, "executions", all);

        var ids = Items(seenByAll, "keyId").ToList();
        Assert.All(ids, id => Assert.StartsWith("key_", id!, StringComparison.Ordinal));
        Assert.Equal([ids[0], null], Items(seenByOwner, "keyId"));
        Assert.Equal((JsonValueKind.Null, "abc123"), (one.GetProperty("keyId").ValueKind, one.GetProperty("flowId").GetString()));

        async Task<string> KeyOfAsync(string email, PortalRole role)
            => await rig.KeyAsync(ownerId: await GatewayRig.AddUserAsync(rig.App, email, role));
    }

    [Theory]
    [InlineData("flows?limit=0", "limit")]
    [InlineData("flows?limit=201", "limit")]
    [InlineData("flows?limit=x", "limit")]
    [InlineData("flows?limit=1&limit=2", "limit")]
    [InlineData("executions?limit=-1", "limit")]
    [InlineData("executions?cursor=abc", "cursor")]
    [InlineData("executions?cursor=99999999999999999999", "cursor")]
    [InlineData("executions?status=odd", "status")]
    public async Task Wrong_parameters_are_400_and_named(string path, string field)
    {
        await using var rig = await GatewayRig.StartAsync();

        using var answer = await rig.SendAsync(HttpMethod.Get, path, await rig.KeyAsync());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, (await GatewayRig.JsonAsync(answer)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_full_access_key_manages_flows_and_what_it_did_is_recorded_under_its_name()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();

        using var created = await PostAsync(rig, "v1/flows", key, """{"id":"new-1","name":"New","route":"new","live":{"type":"http","address":"http://erp.test/x"}}""");
        using var again = await PostAsync(rig, "v1/flows", key, """{"id":"new-1","name":"New"}""");
        using var patched = await SendJsonAsync(rig, HttpMethod.Patch, "v1/flows/new-1", key, """{"route":null,"description":"d"}""");
        using var published = await rig.SendAsync(HttpMethod.Post, "v1/flows/new-1/publish", key);
        using var replaced = await SendJsonAsync(rig, HttpMethod.Put, "v1/flows/new-1", key, """{"name":"Replaced"}""");
        using var missing = await SendJsonAsync(rig, HttpMethod.Patch, "v1/flows/nope", key, "{}");
        using var wrong = await SendJsonAsync(rig, HttpMethod.Patch, "v1/flows/new-1", key, """{"live":{"type":"ftp"}}""");
        using var unknown = await SendJsonAsync(rig, HttpMethod.Patch, "v1/flows/new-1", key, """{"nmae":"x"}""");

        Assert.Equal((201, "/v1/flows/new-1"), ((int)created.StatusCode, created.Headers.Location?.OriginalString));
        Assert.Equal("http", (await GatewayRig.JsonAsync(created)).GetProperty("live").GetProperty("type").GetString());
        Assert.Equal((409, "conflict"), ((int)again.StatusCode, await GatewayRig.CodeAsync(again)));
        var flow = await GatewayRig.JsonAsync(patched);
        Assert.Equal((JsonValueKind.Null, "d", "New"), (flow.GetProperty("route").ValueKind, flow.GetProperty("description").GetString(), flow.GetProperty("name").GetString()));
        Assert.True((await GatewayRig.JsonAsync(published)).GetProperty("published").GetBoolean());
        var put = await GatewayRig.JsonAsync(replaced);
        Assert.Equal(("Replaced", JsonValueKind.Null, false, "echo"), (
            put.GetProperty("name").GetString(), put.GetProperty("description").ValueKind, put.GetProperty("published").GetBoolean(), put.GetProperty("live").GetProperty("type").GetString()));
        Assert.Equal(404, (int)missing.StatusCode);
        Assert.Equal((422, "live"), ((int)wrong.StatusCode, (await GatewayRig.JsonAsync(wrong)).GetProperty("field").GetString()));
        Assert.Equal(400, (int)unknown.StatusCode);
        Assert.All((await rig.App.Get<AuditLog>().ForSubjectAsync("flow", "new-1", 0, 10, Cancel)).Items, e => Assert.Equal("gateway-tests", e.ActorName));
    }

    [Fact]
    public async Task Lesser_keys_manage_nothing_and_a_test_key_nothing_that_live_keys_reach()
    {
        await using var rig = await GatewayRig.StartAsync();
        var test = await rig.KeyAsync(environment: KeyEnvironment.Test);

        using var readOnly = await rig.SendAsync(HttpMethod.Get, "v1/flows", await rig.KeyAsync(KeyPermission.ReadOnly));
        using var selected = await PostAsync(rig, "v1/flows", await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["abc123"]), """{"id":"x","name":"X"}""");
        using var live = await SendJsonAsync(rig, HttpMethod.Patch, "v1/flows/abc123", test, """{"live":{"type":"http","address":"http://evil.test"}}""");
        using var unpublish = await rig.SendAsync(HttpMethod.Post, "v1/flows/abc123/unpublish", test);
        using var create = await PostAsync(rig, "v1/flows", test, """{"id":"x","name":"X"}""");
        using var own = await SendJsonAsync(rig, HttpMethod.Patch, "v1/flows/abc123", test, """{"test":{"type":"http","address":"http://sandbox.test"}}""");
        using var connection = await PostAsync(rig, "v1/connections", test, """{"name":"C","baseAddress":"http://c.test"}""");

        foreach (var refused in new[] { readOnly, selected, live, unpublish, create, connection })
        {
            Assert.Equal((403, "insufficient_permission"), ((int)refused.StatusCode, await GatewayRig.CodeAsync(refused)));
        }

        Assert.Equal(200, (int)own.StatusCode);
        var flow = (await rig.App.Get<FlowService>().GetAsync("abc123", Cancel)).Require();
        Assert.Equal((true, true, "http://sandbox.test"), (flow.Published, flow.Live.IsEcho, flow.Test.Address));
    }

    [Fact]
    public async Task An_administrators_key_manages_connections_and_never_reads_a_secret()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();

        using var created = await PostAsync(rig, "v1/connections", key, """{"name":"ERP","baseAddress":"https://erp.test","headers":{"X-Key":"hush-hush","X-Tenant":"7"}}""");
        var connection = await GatewayRig.JsonAsync(created);
        var path = $"v1/connections/{connection.GetProperty("id").GetString()}";
        using var patched = await SendJsonAsync(rig, HttpMethod.Patch, path, key, """{"headers":{"x-tenant":null,"X-New":"n"}}""");
        using var moved = await SendJsonAsync(rig, HttpMethod.Patch, path, key, """{"baseAddress":"https://evil.test"}""");
        var listed = await GetAsync(rig, "v1/connections", key);
        using var deleted = await rig.SendAsync(HttpMethod.Delete, path, key);
        using var gone = await rig.SendAsync(HttpMethod.Get, path, key);

        Assert.Equal((201, "/" + path), ((int)created.StatusCode, created.Headers.Location?.OriginalString));
        Assert.Equal(["X-Key", "X-New"], (await GatewayRig.JsonAsync(patched)).GetProperty("headerNames").EnumerateArray().Select(h => h.GetString()));
        Assert.Equal(422, (int)moved.StatusCode);
        Assert.DoesNotContain("hush", connection.GetRawText() + listed.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((204, 404), ((int)deleted.StatusCode, (int)gone.StatusCode));
    }

    [Fact]
    public async Task The_key_of_somebody_who_is_no_administrator_manages_no_connections()
    {
        await using var rig = await GatewayRig.StartAsync();
        var other = await GatewayRig.AddUserAsync(rig.App, "operator@example.test", role: PortalRole.Operator);
        var key = await rig.KeyAsync(ownerId: other);

        using var connections = await rig.SendAsync(HttpMethod.Get, "v1/connections", key);
        using var flows = await rig.SendAsync(HttpMethod.Get, "v1/flows", key);

        Assert.Equal((403, "insufficient_permission"), ((int)connections.StatusCode, await GatewayRig.CodeAsync(connections)));
        Assert.Equal(200, (int)flows.StatusCode);
    }

    private static async Task<JsonElement> GetAsync(GatewayRig rig, string path, string key)
    {
        using var answer = await rig.SendAsync(HttpMethod.Get, path, key);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await GatewayRig.JsonAsync(answer);
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayRig rig, string path, string key, string json) => SendJsonAsync(rig, HttpMethod.Post, path, key, json);

    private static Task<HttpResponseMessage> SendJsonAsync(GatewayRig rig, HttpMethod method, string path, string key, string json)
        => rig.SendAsync(method, path, key, new StringContent(json, Encoding.UTF8, "application/json"));

    private static IEnumerable<string?> Items(JsonElement list, string field) => list.GetProperty("items").EnumerateArray().Select(i => i.GetProperty(field).GetString());
}
