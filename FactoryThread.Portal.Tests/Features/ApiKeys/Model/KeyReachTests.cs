using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Model;

public sealed class KeyReachTests
{
    private const string Execute = "POST /flows/{flowId}/execute";

    [Theory]
    [InlineData(KeyPermission.FullAccess, "other", Execute, false)]
    [InlineData(KeyPermission.FullAccess, null, "GET /v1/keys", false)]
    [InlineData(KeyPermission.SpecificFlows, "abc123", Execute, false)]
    [InlineData(KeyPermission.SpecificFlows, "other", Execute, true)]
    [InlineData(KeyPermission.SpecificFlows, null, "GET /flows", false)]
    [InlineData(KeyPermission.SpecificFlows, null, "GET /v1/keys", true)]
    [InlineData(KeyPermission.SpecificFlows, null, "POST /v1/keys/self/regenerate", false)]
    [InlineData(KeyPermission.SpecificFlows, "other", "POST /v1/keys/validate", true)]
    [InlineData(KeyPermission.ReadOnly, "abc123", Execute, true)]
    [InlineData(KeyPermission.ReadOnly, "abc123", "GET /api/{**route}", true)]
    [InlineData(KeyPermission.ReadOnly, "abc123", "GET /flows/{flowId}/executions", false)]
    [InlineData(KeyPermission.ReadOnly, null, "GET /executions/{id}", false)]
    [InlineData(KeyPermission.ReadOnly, null, "POST /v1/keys/validate", false)]
    [InlineData(KeyPermission.ReadOnly, null, "POST /v1/keys/self/regenerate", false)]
    [InlineData(KeyPermission.ReadOnly, null, "PATCH /v1/keys/{id}", true)]
    public void A_logged_call_is_judged_by_permission_and_flow(KeyPermission permission, string? flow, string route, bool refused)
        => Assert.Equal(refused, KeyReach.Refuses(Given.Settings("k", permission, "abc123"), flow, route, "10.1.2.3"));

    [Theory]
    [InlineData("10.1.2.3", false)]
    [InlineData("10.2.0.1", true)]
    [InlineData(null, true)]
    public void And_by_the_network_it_came_from(string? address, bool refused)
        => Assert.Equal(refused, KeyReach.Refuses(Given.Settings() with { Networks = ["10.1.0.0/16"] }, "abc123", Execute, address));

    [Fact]
    public void Only_what_takes_something_away_narrows()
    {
        var all = Given.Settings();
        var two = Given.Settings("k", KeyPermission.SpecificFlows, "a", "b");
        var inside = all with { Networks = ["10.0.0.0/8"] };

        Assert.True(KeyReach.Narrows(all, two));
        Assert.True(KeyReach.Narrows(two, two with { Flows = ["a"] }));
        Assert.True(KeyReach.Narrows(two, Given.Settings("k", KeyPermission.ReadOnly)));
        Assert.True(KeyReach.Narrows(all, inside));
        Assert.False(KeyReach.Narrows(two, all));
        Assert.False(KeyReach.Narrows(two, two with { Flows = ["a", "b", "c"] }));
        Assert.False(KeyReach.Narrows(inside, all));
        Assert.False(KeyReach.Narrows(inside, inside with { Networks = ["10.0.0.0/8", "192.168.0.0/16"], Name = "other", PerDay = 5 }));
    }
}
