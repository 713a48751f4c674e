using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Builders;

/// <summary>What a test starts from, made through the product's own services on its real store.</summary>
internal static class Given
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A portal user; an administrator, or an operator if told so. The same e-mail address gives the same user.</summary>
    public static async Task<PortalUser> UserAsync(this PortalApp app, string email = "owner@example.test", bool administrator = true)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        if (await users.FindByEmailAsync(email) is { } existing)
        {
            return existing;
        }

        var role = administrator ? PortalRole.Administrator : PortalRole.Operator;
        var user = new PortalUser { UserName = email, Email = email, Role = role, CreatedAt = app.Get<TimeProvider>().GetUtcNow() };
        Assert.True((await users.CreateAsync(user)).Succeeded);
        return user;
    }

    /// <summary>So many more keys, alike but for id and name, quickly.</summary>
    public static Task KeysLikeAsync(PortalDbContext db, string keyId, int count)
        => db.Database.ExecuteSqlAsync(
            $"""
            WITH RECURSIVE n(N) AS (SELECT 1 UNION ALL SELECT N + 1 FROM n WHERE N < {count})
            INSERT INTO ApiKeys (Id, Name, Environment, Kind, Permission, Networks, AllowInUrl, OwnerId, CreatedAt, CreatedBy, IssuedAt, Version)
            SELECT 'key_' || printf('%016d', N), 'line-' || N, 0, Kind, 0, '[]', 1, OwnerId, CreatedAt, CreatedBy, IssuedAt, 0 FROM n, ApiKeys WHERE Id = {keyId}
            """,
            Cancel);

    /// <summary>The user has this role from now on.</summary>
    public static async Task RoleAsync(this PortalApp app, string userId, PortalRole role)
        => (await app.Get<UserService>().ChangeRoleAsync(userId, role, Caller.CommandLine, Cancel)).Require();

    /// <summary>From now on operators see and manage the keys of everybody.</summary>
    public static async Task OperatorsReachAllKeysAsync(this PortalApp app)
    {
        var workspace = app.Get<WorkspaceService>();
        var people = new PeopleRules(OperatorsReachAllKeys: true, SecondFactorFrom: null, ConfirmNewValues: false);
        (await workspace.ChangePeopleAsync(people, (await workspace.GetAsync(Cancel)).Version, Caller.CommandLine, Cancel)).Require();
    }

    /// <summary>A flow with this id, published unless told otherwise; replaced if there is one.</summary>
    public static async Task FlowAsync(this PortalApp app, string id, bool published = true, string? route = null)
    {
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        var settings = new FlowSettings { Name = $"Flow {id}", Published = published, Route = route };
        var now = app.Get<TimeProvider>().GetUtcNow();
        if (await db.Set<Flow>().SingleOrDefaultAsync(f => f.Id == id, Cancel) is { } flow)
        {
            flow.Change(settings, now);
        }
        else
        {
            db.Add(Flow.Create(id, settings, now));
        }

        await db.SaveChangesAsync(Cancel);
        app.Get<FlowCatalog>().Invalidate();
    }

    public static async Task<RevealedKey> KeyAsync(
        this PortalApp app, ApiKeySettings? settings = null, KeyEnvironment environment = KeyEnvironment.Live, string owner = "owner@example.test", bool administrator = true)
    {
        var user = await app.UserAsync(owner, administrator);
        return (await app.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings ?? Settings(), environment, user.Id), Caller.CommandLine, Cancel)).Require();
    }

    /// <summary>The workspace's settings, as an administrator changes them.</summary>
    public static async Task WorkspaceAsync(this PortalApp app, RotationSchedule? rotation = null, int? unusedDays = null)
    {
        var workspace = app.Get<WorkspaceService>();
        var now = await workspace.GetAsync(Cancel);
        (await workspace.ChangeAsync(rotation ?? now.Rotation, unusedDays ?? now.UnusedDays, now.Version, Caller.CommandLine, Cancel)).Require();
    }

    /// <summary>People with this role or a higher one need a second factor from now on.</summary>
    public static async Task RequireSecondFactorAsync(this PortalApp app, PortalRole from)
    {
        var workspace = app.Get<WorkspaceService>();
        (await workspace.ChangePeopleAsync(new PeopleRules(false, from, false), (await workspace.GetAsync(Cancel)).Version, Caller.CommandLine, Cancel)).Require();
    }

    public static ApiKeySettings Settings(string name = "erp-order-sync-production", KeyPermission permission = KeyPermission.FullAccess, params string[] flows)
        => new() { Name = name, Permission = permission, Flows = flows };
}
