using System.Security.Claims;
using Bunit;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

/// <summary>The key pages over the product's own services and database, with an administrator signed in.</summary>
public abstract class KeyPagesContext : PortalBunitContext, IAsyncLifetime
{
    private PortalApp? _app;

    protected static string Flow => "abc123";

    protected string UserId { get; private set; } = "";

    protected Caller Me => Caller.Administrator(new Actor(ActorKind.User, UserId, "ada@example.test"), UserId);

    protected ApiKeyService Keys => _app!.Get<ApiKeyService>();

    protected AuditLog Audit => _app!.Get<AuditLog>();

    protected LeakService Leaks => _app!.Get<LeakService>();

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    public virtual async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(Clock);
        UserId = await AddUserAsync("ada@example.test", administrator: true);
        Services.AddSingleton(_app.Get<ApiKeyService>());
        Services.AddSingleton(_app.Get<FlowCatalog>());
        Services.AddSingleton(_app.Get<AuditLog>());
        Services.AddSingleton(_app.Get<UsageReports>());
        Services.AddSingleton(_app.Get<CallLog>());
        Services.AddSingleton(_app.Get<WorkspaceService>());
        Services.AddSingleton(_app.Get<UsageExport>());
        Services.AddSingleton(_app.Get<WorkspaceReports>());
        Services.AddSingleton(_app.Get<RequestLog>());
        Services.AddSingleton(_app.Get<IncidentService>());
        Services.AddSingleton(_app.Get<LeakService>());
        Services.AddSingleton(_app.Contexts);
        Services.AddSingleton(_app.Get<IOptions<KeyLimitDefaults>>());
        Services.AddSingleton(_app.Get<IOptions<PortalOptions>>());
        Services.AddSingleton(_app.Get<UserService>());
        Services.AddSingleton(_app.Get<InvitationService>());
        Services.AddSingleton(_app.Get<PasswordResetService>());
        Services.AddSingleton(_app.Get<FactoryThread.Portal.Features.Accounts.SecondFactor.SecondFactorService>());
        Services.AddSingleton(_app.Get<ConfirmationService>());
        Services.AddScoped<RequestCaller>();
        Services.AddScoped<CurrentUser>();
        Services.AddScoped<ConfirmedActions>();
        AddAuthorization().SetAuthorized("ada@example.test").SetClaims(await SessionClaimsAsync());
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        JSInterop.SetupModule(_ => true).Mode = JSRuntimeMode.Loose;
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private async Task<Claim[]> SessionClaimsAsync()
    {
        await using var db = await _app!.Contexts.CreateDbContextAsync(Cancellation);
        var user = await db.Users.SingleAsync(u => u.Id == UserId, Cancellation);
        var claims = new IdentityOptions().ClaimsIdentity;
        return [new Claim(claims.UserIdClaimType, UserId), new Claim(claims.SecurityStampClaimType, user.SecurityStamp!)];
    }

    protected async Task<string> AddUserAsync(string email, bool administrator)
    {
        await using var scope = _app!.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        var user = new PortalUser { UserName = email, Email = email, Role = administrator ? PortalRole.Administrator : PortalRole.Operator, CreatedAt = Clock.GetUtcNow() };
        Assert.True((await users.CreateAsync(user)).Succeeded);
        return user.Id;
    }

    /// <summary>The session of the person in front of the page ends, as it does when their role changes.</summary>
    protected async Task EndSessionAsync()
    {
        await using var db = await _app!.Contexts.CreateDbContextAsync(Cancellation);
        await db.Users.Where(u => u.Id == UserId).ExecuteUpdateAsync(set => set.SetProperty(u => u.SecurityStamp, "another"), Cancellation);
    }

    /// <summary>The person in front of the page is an administrator no longer.</summary>
    protected async Task DemoteAsync(PortalRole role = PortalRole.Operator)
    {
        await using var db = await _app!.Contexts.CreateDbContextAsync(Cancellation);
        await db.Users.Where(u => u.Id == UserId).ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, role), Cancellation);
    }

    /// <summary>An administrator's key, before an operator who reaches all keys.</summary>
    protected async Task<ApiKeyDetails> OutrankingKeyAsync()
    {
        var owner = await AddUserAsync("root@example.test", administrator: true);
        var key = (await Keys.CreateAsync(new NewApiKey(new ApiKeySettings { Name = "of-an-administrator" }, KeyEnvironment.Live, owner), Me, Cancellation)).Require().Key;
        await _app!.OperatorsReachAllKeysAsync();
        await DemoteAsync();
        return key;
    }

    protected async Task<RevealedKey> KeyAsync(
        string name = "erp-order-sync-production", KeyEnvironment environment = KeyEnvironment.Live, Func<ApiKeySettings, ApiKeySettings>? with = null)
    {
        var settings = new ApiKeySettings { Name = name, Permission = KeyPermission.FullAccess };
        return (await Keys.CreateAsync(new NewApiKey(with?.Invoke(settings) ?? settings, environment), Me, Cancellation)).Require();
    }

    /// <summary>As the recorder does when a request presents the key.</summary>
    protected async Task UsedAsync(string keyId, DateTimeOffset at)
    {
        await using var db = await _app!.Contexts.CreateDbContextAsync(Cancellation);
        Assert.Equal(1, await db.Set<ApiKey>().Where(k => k.Id == keyId).ExecuteUpdateAsync(k => k.SetProperty(x => x.LastUsedAt, at), Cancellation));
    }

    /// <summary>An answered request with the key, as the gateway records it.</summary>
    protected Task CallAsync(string keyId, DateTimeOffset at, string address = "10.20.4.17", Outcome outcome = Outcome.Succeeded, string? flowId = null, long secretId = 0)
        => _app!.Get<UsageRecorder>().RecordAsync(new RequestRecord
        {
            At = at.ToUnixTimeMilliseconds(),
            KeyId = keyId,
            SecretId = secretId,
            FlowId = flowId ?? Flow,
            Route = "POST /flows/{flowId}/execute",
            Outcome = outcome,
            Code = outcome == Outcome.Succeeded ? "valid_key" : "flow_failed",
            Status = outcome == Outcome.Succeeded ? 200 : 502,
            DurationMicros = 41_000,
            Address = address,
            UserAgent = "erp-sync/2.1",
            Counted = true,
        }).AsTask();

    /// <summary>Makes a key as old as if it had been made that many days ago. (Moving the clock so far would run the portal's own timers a million times.)</summary>
    protected async Task AgeAsync(string keyId, int days)
    {
        await using var db = await _app!.Contexts.CreateDbContextAsync(Cancellation);
        var key = await db.Set<ApiKey>().SingleAsync(k => k.Id == keyId, Cancellation);
        var entry = db.Entry(key);
        entry.Property(k => k.CreatedAt).CurrentValue = key.CreatedAt.AddDays(-days);
        entry.Property(k => k.IssuedAt).CurrentValue = key.IssuedAt.AddDays(-days);
        entry.Property(k => k.ExpiresAt).CurrentValue = key.ExpiresAt?.AddDays(-days);
        entry.Property(k => k.LastUsedAt).CurrentValue = key.LastUsedAt?.AddDays(-days);
        await db.SaveChangesAsync(Cancellation);
    }

    protected async Task<IReadOnlyList<ApiKeySummary>> AllAsync(KeyStatus? status = null)
        => (await Keys.ListAsync(new ApiKeyQuery { Status = status }, Me, Cancellation)).Items;

    /// <summary>The flow can be called no more.</summary>
    protected Task UnpublishAsync(string flowId) => _app!.FlowAsync(flowId, published: false);

    /// <summary>Everything a person could see or a page source could hold.</summary>
    protected string Everything(params IRenderedComponent<IComponent>[] shown)
        => string.Concat(shown.Select(s => s.Markup)) + Dialogs.Markup + Snackbars.Markup + Navigation.Uri;
}
