using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FactoryThread.Portal.Tests.Platform;

/// <summary>The platform's pipeline alone, over endpoints that misbehave.</summary>
internal sealed class PlatformApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PlatformApp(WebApplication app, CapturedLogs logs)
    {
        _app = app;
        Logs = logs;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public CapturedLogs Logs { get; }

    public static async Task<PlatformApp> StartAsync(params string[] knownProxies)
    {
        var logs = new CapturedLogs();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.Configure<PortalOptions>(options => options.KnownProxies = [.. knownProxies]);
        builder.Services.AddPlatform();
        var app = builder.Build();
        app.UsePlatform();
        app.UseRouting();
        app.UseErrorAnswers();
        app.MapPlatform();
        foreach (var prefix in new[] { "/v1", "/pages" })
        {
            app.MapGet(prefix + "/bug", string () => throw new InvalidOperationException("secret-of-the-code"));
            app.MapGet(prefix + "/store", string () => throw new InvalidOperationException("x", new SqliteException("disk I/O error", 10)));
            app.MapGet(prefix + "/constraint", string () => throw new SqliteException("UNIQUE constraint failed", 19));
            app.MapGet(prefix + "/address", (HttpContext context) => $"{context.Connection.RemoteIpAddress} {context.Request.Scheme}");
        }

        app.MapPost("/v1/body", async (HttpContext context) => await new StreamReader(context.Request.Body).ReadToEndAsync());
        app.MapPost("/v1/json", async (HttpContext context) =>
        {
            var (value, problem) = await JsonBody.ReadAsync<Shape>(context);
            return problem?.ToResult() ?? Results.Text(value!.Name);
        });
        app.MapGet("/api/own", (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = "sandbox";
            return "from a target";
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new PlatformApp(app, logs);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    internal sealed record Shape
    {
        public string? Name { get; init; }
    }
}
