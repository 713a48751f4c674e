using System.Net;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Platform;

/// <summary>The mechanisms every request passes: request id, forwarded addresses, security headers, error answers.</summary>
public static class PlatformSetup
{
    public const string RequestIdHeader = "X-Request-Id";

    /// <summary>Bytes a request's body may have; more is 413.</summary>
    public const long MaxBodyBytes = 10 * 1024 * 1024;

    /// <summary>Tag of the health checks that <c>/health/ready</c> runs.</summary>
    public const string ReadyTag = "ready";

    public static void AddPlatform(this IServiceCollection services)
    {
        services.AddCascadingAuthenticationState();
        services.AddPageContext();
        services.AddScoped<BrowserTime>();
        services.AddHealthChecks();
        services.AddAnswerCompression();
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, QuietLogging>();
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        });
        // Sends and receives go straight to the thread pool. A queue of them in between gathers what a server with idle threads has; while
        // every answer waits for a commit it is only one more change of thread: without it, a tenth more answers for a tenth less time.
        services.Configure<SocketTransportOptions>(sockets => sockets.IOQueueCount = 0);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<PortalOptions>>((headers, portal) =>
        {
            headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            headers.ForwardLimit = null;
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var proxy in portal.Value.KnownProxies)
            {
                if (IPAddress.TryParse(proxy, out var address))
                {
                    headers.KnownProxies.Add(address);
                }
                else
                {
                    headers.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
                }
            }
        });
    }

    /// <summary>Comes first, before routing; <see cref="ErrorAnswers.UseErrorAnswers"/> after it.</summary>
    public static void UsePlatform(this WebApplication app)
    {
        app.Use(Begin);
        // With an empty list the middleware would believe everybody.
        if (app.Services.GetRequiredService<IOptions<PortalOptions>>().Value.KnownProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }

        app.UsePageSecurityHeaders();
    }

    public static void MapPlatform(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(ReadyTag) }).AllowAnonymous();
    }

    /// <summary>The headers every answer carries; again after an error has cleared them.</summary>
    internal static void WriteCommonHeaders(HttpContext context)
    {
        context.Response.Headers[RequestIdHeader] = context.TraceIdentifier;
        if (ApiPaths.Contains(context.Request.Path))
        {
            SecurityHeaders.Protect(context.Response);
        }
    }

    private static Task Begin(HttpContext context, RequestDelegate next)
    {
        QuerySecrets.Redact(context);
        if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
        {
            context.Connection.RemoteIpAddress = mapped.MapToIPv4();
        }

        WriteCommonHeaders(context);
        return next(context);
    }
}
