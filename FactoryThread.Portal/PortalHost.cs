using FactoryThread.Portal.Components;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Help;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Overview;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.Extensions.Options;
using MudBlazor;
using MudBlazor.Services;

namespace FactoryThread.Portal;

/// <summary>What the portal is made of and in which order a request passes through it.</summary>
public static class PortalHost
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // The watcher for configuration changes would wake on every SQLite write below the content root.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseStaticWebAssets();
        // ASPNETCORE_FORWARDEDHEADERS_ENABLED, which container images like to set, would believe everybody's X-Forwarded-For.
        builder.Configuration["ForwardedHeaders_Enabled"] = "false";
        // Otherwise a build's (not a publication's) fallback route for files answers every unknown address that is not a GET with 405.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        builder.AddPortal();
        var app = builder.Build();
        app.UsePortal();
        return app;
    }

    /// <summary>Data and domain services, without web server and screens: what the verbs need too.</summary>
    public static void AddPortalCore(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<PortalOptions>().Bind(builder.Configuration.GetSection(PortalOptions.Section))
            // The binder passes over a text where a list belongs, and an empty list means all hosts.
            .Validate<IConfiguration>(
                (_, configuration) => string.IsNullOrEmpty(configuration[$"{PortalOptions.Section}:{nameof(PortalOptions.OutboundHosts)}"]),
                "Portal:OutboundHosts is a list: write Portal:OutboundHosts:0 for the first host (in the environment Portal__OutboundHosts__0), or [\"erp.example.com\"] in JSON.")
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PortalOptions>, ValidatePortalOptions>();
        services.AddSingleton(TimeProvider.System);
        services.AddPortalDatabase();
        services.AddDataProtection().SetApplicationName("FactoryThread.Portal")
            .UseCryptographicAlgorithms(new() { EncryptionAlgorithm = EncryptionAlgorithm.AES_256_GCM });
        services.AddOptions<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>()
            .Configure<IOptions<PortalOptions>, ILoggerFactory>((keys, portal, loggers) =>
                keys.XmlRepository = new Microsoft.AspNetCore.DataProtection.Repositories.FileSystemXmlRepository(
                    new DirectoryInfo(portal.Value.KeyRingPath), loggers));
        services.AddAudit();
        services.AddWorkspace();
        services.AddApiKeys();
        services.AddFlows();
        services.AddAccounts();
        services.AddIncidents();
    }

    private static void AddPortal(this WebApplicationBuilder builder)
    {
        builder.AddPortalCore();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents()
            // A live page starts from what its prerendering showed, which the browser sends back in one message: a full page of keys with
            // long descriptions is 200 KB. With SignalR's own limit of 32 KB such a page never came to life.
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = 512 * 1024);
        builder.Services.AddCircuitJson();
        // Below, where no page has its buttons.
        builder.Services.AddMudServices(options => options.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight);
        builder.Services.AddPlatform();
        builder.Services.AddUsage(builder.Configuration);
        builder.Services.AddAlerts();
        builder.Services.AddAccess();
        builder.Services.AddFlowsWeb();
        builder.Services.AddAccountsWeb();
        builder.Services.AddIncidentsWeb();
        builder.Services.AddOverview();
    }

    private static void UsePortal(this WebApplication app)
    {
        app.UsePlatform();
        // Gateway and validation end here: what follows is for people, and for programs that have the time.
        app.UseRouting();
        app.UseTextCharset();
        app.UsePageContext();
        app.UseErrorAnswers();
        app.UseCircuitOrigin();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseSecondFactorGate();
        app.UseAntiforgery();
        app.UseAnswerCompression();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        app.MapPlatform();
        app.MapAccess();
        app.MapAccounts();
        app.MapApiKeys();
        app.MapFlows();
        app.MapUsage();
        app.MapAudit();
        app.MapIncidents();
        app.MapHelp();
    }

    /// <summary>Brings the data directory up to date; before the server starts or a verb works.</summary>
    public static async Task PreparePortalAsync(this IHost host)
    {
        await host.Services.PrepareDatabaseAsync();
        await host.Services.PrepareAuditAsync();
        await host.Services.SeedFlowsAsync();
        await host.Services.SetUpAccountsAsync();
    }
}
