using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Usage.Pages;

/// <summary>The usage components over the product's own services and database, with one key.</summary>
public abstract class UsagePagesContext : PortalBunitContext, IAsyncLifetime
{
    private PortalApp? _app;

    protected string KeyId { get; private set; } = "";

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    protected PortalApp App => _app!;

    /// <summary>Who is in front of the page: whoever may see everything, unless a test puts somebody else there.</summary>
    protected RequestCaller Reader { get; } = new() { Caller = Caller.CommandLine };

    public virtual async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(Clock);
        using var http = await _app.SignInAsync();
        KeyId = (await _app.Get<ApiKeyService>().CreateAsync(
            new NewApiKey(new ApiKeySettings { Name = "erp", PerDay = 200 }, KeyEnvironment.Live), Caller.CommandLine, Cancellation)).Require().Key.Id;
        Services.AddSingleton(_app.Get<UsageReports>());
        Services.AddSingleton(_app.Get<UsageExport>());
        Services.AddSingleton(_app.Get<RequestLog>());
        Services.AddSingleton(_app.Get<FlowCatalog>());
        Services.AddSingleton(_app.Get<ApiKeyService>());
        Services.AddSingleton(_app.Get<UserService>());
        Services.AddSingleton(Reader);
        Services.AddScoped<CurrentUser>();
        AddAuthorization();
        await AddServicesAsync();
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    /// <summary>What a page needs beyond this.</summary>
    protected virtual ValueTask AddServicesAsync() => ValueTask.CompletedTask;

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected async Task RecordAsync(int count = 1, Outcome outcome = Outcome.Succeeded, string? flow = "abc123", TimeSpan? after = null, string address = "10.20.4.17", string? requestId = null)
    {
        var record = new RequestRecord
        {
            At = (Clock.GetUtcNow() + (after ?? TimeSpan.Zero)).ToUnixTimeMilliseconds(),
            KeyId = KeyId,
            SecretId = 1,
            FlowId = flow,
            Route = "POST /flows/{flowId}/execute",
            Outcome = outcome,
            Code = outcome switch { Outcome.Succeeded => "valid_key", Outcome.Failed => "flow_failed", _ => "flow_not_permitted" },
            Status = outcome switch { Outcome.Succeeded => 200, Outcome.Failed => 502, _ => 403 },
            DurationMicros = 12_345,
            Address = address,
            UserAgent = "erp/2.1",
            RequestId = requestId,
            Error = outcome == Outcome.Failed ? "The target answered 500." : null,
            Counted = outcome != Outcome.Refused,
        };
        for (var i = 0; i < count; i++)
        {
            await _app!.Get<UsageRecorder>().RecordAsync(record);
        }
    }
}
