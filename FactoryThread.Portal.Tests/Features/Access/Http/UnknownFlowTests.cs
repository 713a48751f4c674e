using System.Text;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Features.Flows;

namespace FactoryThread.Portal.Tests.Features.Access.Http;

public sealed class UnknownFlowTests
{
    [Fact]
    public async Task The_log_says_which_flow_was_asked_for_in_vain()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();
        var narrow = await rig.KeyAsync(KeyPermission.SpecificFlows, flows: ["abc123"]);

        foreach (var (caller, path) in new[] { (key, "flows/nowhere/execute"), (narrow, "flows/abc124/execute"), (key, "flows/no%20id/execute"), (key, "api/orders/n%C3%A9w") })
        {
            (await rig.SendAsync(HttpMethod.Post, path, caller)).Dispose();
        }

        (await rig.SendAsync(HttpMethod.Post, "v1/keys/validate", key, new StringContent("""{"flowId":"gone"}""", Encoding.UTF8, "application/json"))).Dispose();
        (await rig.ExecuteAsync(key, "{}")).Dispose();

        Assert.Equal(
            [
                (null, null, "valid_key"),
                (null, "There is no flow gone.", "flow_not_found"),
                (null, "No flow has the custom endpoint /api/orders/n%C3%A9w.", "flow_not_found"),
                (null, "The flow id asked for is one that no flow can have.", "flow_not_found"),
                (null, "There is no flow abc124.", "flow_not_permitted"),
                (null, "There is no flow nowhere.", "flow_not_found"),
            ],
            (await rig.LogAsync()).Select(e => (e.FlowId == "abc123" ? null : e.FlowId, e.Error, e.Code)));
    }

    [Fact]
    public async Task A_key_that_was_put_where_the_flow_belongs_is_not_kept()
    {
        await using var rig = await GatewayRig.StartAsync();
        var key = await rig.KeyAsync();

        (await rig.SendAsync(HttpMethod.Post, $"flows/{key}/execute", key)).Dispose();
        (await rig.SendAsync(HttpMethod.Post, $"api/orders/{key}", key)).Dispose();

        var log = await rig.LogAsync();
        Assert.Equal(["No flow has the custom endpoint /api/… (it contains an API key).", "The flow id asked for is an API key."], log.Select(e => e.Error));
        Assert.DoesNotContain(log, e => System.Text.Json.JsonSerializer.Serialize(e).Contains(key[8..], StringComparison.Ordinal));
    }
}
