using System.Diagnostics.CodeAnalysis;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Accounts;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>The whole portal on real Kestrel, a free port and a database of its own, gone when disposed.</summary>
public sealed class PortalApp : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string?> _settings;
    private readonly TimeProvider? _time;
    private readonly Action<IServiceCollection>? _services;
    private readonly bool _ownsData;
    private readonly StringWriter _startText = new();

    private PortalApp(Dictionary<string, string?> settings, TimeProvider? time, Action<IServiceCollection>? services, string? dataDirectory)
    {
        _settings = settings;
        _time = time;
        _services = services;
        _ownsData = dataDirectory is null;
        DataDirectory = dataDirectory ?? Directory.CreateTempSubdirectory("portal-test-").FullName;
    }

    public string DataDirectory { get; }

    /// <summary>Address the portal listens on, such as <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>What the portal printed at start, the set-up link included.</summary>
    public string StartText => _startText.ToString();

    public IDbContextFactory<PortalDbContext> Contexts => Services.GetRequiredService<IDbContextFactory<PortalDbContext>>();

    /// <param name="time">A clock of the test's; the system's if null.</param>
    /// <param name="settings">Configuration keys and values.</param>
    /// <param name="dataDirectory">An existing data directory to start on (it is then left in place).</param>
    public static PortalApp Start(
        TimeProvider? time = null,
        Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null,
        string? dataDirectory = null)
    {
        var app = new PortalApp(settings ?? [], time, services, dataDirectory);
        app.UseKestrel(0);
        app.StartServer();
        return app;
    }

    public T Get<T>()
        where T : notnull
        => Services.GetRequiredService<T>();

    /// <summary>A client that follows no redirect and keeps no cookies.</summary>
    public HttpClient Http() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        builder.UseSetting("Portal:DataDirectory", DataDirectory);
        builder.ConfigureLogging(logging => logging.ClearProviders());
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureTestServices(services =>
        {
            services.Replace(ServiceDescriptor.Singleton(new StartOutput(_startText)));
            if (_time is not null)
            {
                services.Replace(ServiceDescriptor.Singleton(_time));
            }

            _services?.Invoke(services);
        });
    }

    [SuppressMessage("Usage", "CA1816", Justification = "The base class suppresses finalization.")]
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_ownsData && Directory.Exists(DataDirectory))
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(DataDirectory, recursive: true);
        }
    }
}
