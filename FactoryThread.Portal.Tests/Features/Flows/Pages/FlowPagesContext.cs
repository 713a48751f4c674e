using System.Security.Claims;
using Bunit.TestDoubles;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Tests.Features.Flows.Pages;

/// <summary>The flow pages over the product's own services and database, with somebody signed in.</summary>
public abstract class FlowPagesContext : PortalBunitContext, IAsyncLifetime
{
    private PortalApp? _app;
    private BunitAuthorizationContext? _session;

    protected string UserId { get; private set; } = "";

    protected FlowService Flows => _app!.Get<FlowService>();

    protected ConnectionService Connections => _app!.Get<ConnectionService>();

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    public virtual async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(Clock);
        UserId = await GatewayRig.AddUserAsync(_app, "ada@example.test", PortalRole.Administrator);
        Services.AddSingleton(Flows);
        Services.AddSingleton(Connections);
        Services.AddSingleton(_app.Get<ExecutionHistory>());
        Services.AddSingleton(_app.Contexts);
        Services.AddSingleton(_app.Get<IOptions<PortalOptions>>());
        Services.AddSingleton(_app.Get<UserService>());
        Services.AddScoped<RequestCaller>();
        Services.AddScoped<CurrentUser>();
        _session = AddAuthorization();
        await SignInAsync(UserId);
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
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

    protected async Task SignInAsync(string userId)
    {
        await using var db = await _app!.Contexts.CreateDbContextAsync(Cancellation);
        var user = await db.Users.SingleAsync(u => u.Id == userId, Cancellation);
        var claims = new ClaimsIdentityOptions();
        _session!.SetAuthorized(user.Email!).SetClaims(new Claim(claims.UserIdClaimType, userId), new Claim(claims.SecurityStampClaimType, user.SecurityStamp!));
    }

    protected async Task SignInAsViewerAsync() => await SignInAsync(await GatewayRig.AddUserAsync(_app!, "viewer@example.test", PortalRole.Viewer));

    protected Task<string> AddUserAsync(string email) => GatewayRig.AddUserAsync(_app!, email, role: PortalRole.Operator);

    protected Task<ApiKeyDetails> KeyAsync(string name, KeyPermission permission = KeyPermission.FullAccess, params string[] flows) => KeyOfAsync(UserId, name, permission, flows);

    protected async Task<ApiKeyDetails> KeyOfAsync(string ownerId, string name, KeyPermission permission = KeyPermission.FullAccess, params string[] flows)
        => (await _app!.Get<ApiKeyService>().CreateAsync(
            new NewApiKey(new ApiKeySettings { Name = name, Permission = permission, Flows = flows }, KeyEnvironment.Live, ownerId), Caller.CommandLine, Cancellation)).Require().Key;

    /// <summary>As the gateway records it.</summary>
    protected async Task<string> ExecutedAsync(string keyId, string flowId = "abc123", string? error = null, bool test = false)
    {
        var id = $"exe_{Guid.CreateVersion7():N}";
        await _app!.Get<UsageRecorder>().RecordAsync(new RequestRecord
        {
            At = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            KeyId = keyId,
            FlowId = flowId,
            Route = "POST /flows/{flowId}/execute",
            Outcome = error is null ? Outcome.Succeeded : Outcome.Failed,
            Code = error is null ? "valid_key" : "flow_failed",
            Status = error is null ? 200 : 502,
            DurationMicros = 12_345,
            Address = "10.20.4.17",
            UserAgent = "erp/2.1",
            RequestId = "0HN7",
            ExecutionId = id,
            Error = error,
            Test = test,
        });
        Assert.True(await _app!.Get<UsageMover>().CatchUpAsync(Cancellation));
        return id;
    }
}
