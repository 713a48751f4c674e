using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>What a key may do follows what its owner may do.</summary>
public sealed class OwnerRoleTests : IAsyncDisposable
{
    private readonly PortalApp _app = PortalApp.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ApiKeyService Keys => _app.Get<ApiKeyService>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_key_loses_what_its_owner_loses_with_the_next_request()
    {
        using var http = _app.Http();
        await _app.UserAsync("root@example.test");
        await _app.FlowAsync("abc123");
        var key = await _app.KeyAsync();
        var (value, owner) = (key.Token.Reveal(), key.Key.OwnerId);
        Assert.Equal(HttpStatusCode.OK, (await http.SendGetAsync("/v1/connections", value)).Status);

        await _app.RoleAsync(owner, PortalRole.Operator);
        Assert.Equal("insufficient_permission", (await http.SendGetAsync("/v1/connections", value)).Code);
        Assert.Equal(HttpStatusCode.OK, (await http.ExecuteAsync("abc123", value, "{}")).Status);

        await _app.RoleAsync(owner, PortalRole.Viewer);
        Assert.Equal("insufficient_permission", (await http.ExecuteAsync("abc123", value, "{}")).Code);
        Assert.Equal("insufficient_permission", (await http.SendGetAsync("/v1/keys", value)).Code);
        Assert.Equal(HttpStatusCode.OK, (await http.SendGetAsync("/flows", value)).Status);
        Assert.Equal(PortalRole.Viewer, (await Keys.GetAsync(key.Key.Id, Caller.CommandLine, Cancel)).Require().OwnerRole);

        await _app.RoleAsync(owner, PortalRole.Operator);
        Assert.Equal(HttpStatusCode.OK, (await http.ExecuteAsync("abc123", value, "{}")).Status);
    }

    [Fact]
    public async Task Operators_reach_the_keys_of_others_if_the_workspace_says_so_and_so_do_their_keys()
    {
        using var http = _app.Http();
        var other = (await _app.KeyAsync(owner: "other@example.test", administrator: false)).Key;
        var operatorKey = (await _app.KeyAsync(owner: "ada@example.test", administrator: false)).Token.Reveal();
        Assert.Equal(HttpStatusCode.NotFound, (await http.SendGetAsync($"/v1/keys/{other.Id}", operatorKey)).Status);

        await ReachAsync(true);
        Assert.Equal(HttpStatusCode.OK, (await http.SendGetAsync($"/v1/keys/{other.Id}", operatorKey)).Status);
        Assert.Equal(HttpStatusCode.OK, (await http.SendPostAsync($"/v1/keys/{other.Id}/revoke", operatorKey)).Status);

        await ReachAsync(false);
        Assert.Equal(HttpStatusCode.NotFound, (await http.SendGetAsync($"/v1/keys/{other.Id}", operatorKey)).Status);
    }

    [Fact]
    public async Task An_operator_never_gets_at_an_administrators_rights_through_a_key()
    {
        var admins = (await _app.KeyAsync(Given.Settings("admins", KeyPermission.ReadOnly), owner: "root@example.test")).Key;
        var ada = await _app.UserAsync("ada@example.test", administrator: false);
        var caller = new Caller(new Actor(ActorKind.User, ada.Id, ada.Email!), ada.Id, PortalRole.Operator, AllKeys: true);

        Assert.Equal(FailureKind.Forbidden, (await Keys.RegenerateAsync(admins.Id, caller, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await Keys.UpdateAsync(admins.Id, Given.Settings("admins"), caller, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await Keys.CreateAsync(new NewApiKey(Given.Settings(), KeyEnvironment.Live, admins.OwnerId), caller, Cancel)).Failure?.Kind);
        Assert.Null((await Keys.RevokeAsync(admins.Id, "Seen in a log", caller, Cancel)).Failure);
    }

    [Fact]
    public async Task A_viewer_cannot_be_given_a_key()
    {
        var viewer = await _app.UserAsync("eve@example.test", administrator: false);
        await _app.RoleAsync(viewer.Id, PortalRole.Viewer);

        var made = await Keys.CreateAsync(new NewApiKey(Given.Settings(), KeyEnvironment.Live, viewer.Id), Caller.CommandLine, Cancel);

        Assert.Equal((FailureKind.Invalid, "owner"), (made.Failure?.Kind, made.Failure?.Field));
    }

    private async Task ReachAsync(bool all)
    {
        var workspace = _app.Get<WorkspaceService>();
        (await workspace.ChangePeopleAsync(new PeopleRules(all, null, false), (await workspace.GetAsync(Cancel)).Version, Caller.CommandLine, Cancel)).Require();
    }
}
