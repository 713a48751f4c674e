using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Platform;

/// <summary>
/// Live pages are opened by pages of this portal's host name only: browsers send cookies along for a sibling host's page, and a web socket
/// knows no same-origin policy (RFC 6455, 10.2). Scheme and port do not count, since they keep no cookies apart either and proxies lose them.
/// </summary>
internal static partial class CircuitOrigin
{
    /// <summary>Comes after <see cref="ErrorAnswers.UseErrorAnswers"/>, which explains the refusal.</summary>
    public static void UseCircuitOrigin(this WebApplication app)
    {
        var configured = app.Services.GetRequiredService<IOptions<PortalOptions>>().Value.PublicAddress;
        var known = Uri.TryCreate(configured, UriKind.Absolute, out var address) ? address.Host : null;
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CircuitOrigin).FullName!);
        app.Use((context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments("/_blazor") || context.Request.Headers.Origin is not { Count: > 0 } sent)
            {
                return next(context);
            }

            var origin = sent.ToString();
            if (Uri.TryCreate(origin, UriKind.Absolute, out var from) && (Same(from.Host, context.Request.Host.Host) || Same(from.Host, known)))
            {
                return next(context);
            }

            Log.Refused(logger, origin.Length <= 200 ? origin : origin[..200], context.Request.Host.Host);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        });
    }

    private static bool Same(string host, string? other) => string.Equals(host, other, StringComparison.OrdinalIgnoreCase);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A page of {Origin} wanted to open a live page of this portal, {Host}, and was refused. If it is the portal's own address, let the proxy pass on the Host header or set Portal:PublicAddress.")]
        public static partial void Refused(ILogger logger, string origin, string host);
    }
}
