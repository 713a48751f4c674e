using System.Net;
using System.Text;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>What came of calling a target: its answer (to be disposed), or a sentence that says why there is none.</summary>
public readonly record struct TargetAnswer(HttpResponseMessage? Response, string? Error);

/// <summary>Calls the HTTP targets of flows. The sentences it fails with name no address and no secret: callers with a key read them.</summary>
public sealed partial class TargetClient(
    IHttpClientFactory clients, ConnectionSecrets secrets, IOptions<FlowsOptions> options, IOptions<PortalOptions> portal, ILogger<TargetClient> logger)
{
    private const string ClientName = "flow-targets";

    /// <summary>How long a target may take to answer, and its body to arrive.</summary>
    public TimeSpan Timeout => options.Value.Timeout;

    public string TimedOut => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The target did not answer within {Timeout.TotalSeconds:0.###} seconds.");

    /// <summary>No cookies, no redirects, retries only of methods that may be repeated, and a circuit breaker per host.</summary>
    public static void Register(IServiceCollection services)
    {
        services.AddSingleton<TargetClient>();
        var client = services.AddHttpClient(ClientName, http => http.Timeout = System.Threading.Timeout.InfiniteTimeSpan)
            // The usual loggers write whole addresses, which are not for everybody who reads logs.
            .RemoveAllLoggers()
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.UseCookies = false;
                handler.AllowAutoRedirect = false;
                handler.AutomaticDecompression = DecompressionMethods.None;
                handler.ConnectTimeout = TimeSpan.FromSeconds(10);
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8;
            });
        client.AddStandardResilienceHandler().Configure(static (resilience, provider) =>
        {
            var timeout = provider.GetRequiredService<IOptions<FlowsOptions>>().Value.Timeout;
            resilience.TotalRequestTimeout.Timeout = timeout;
            resilience.AttemptTimeout.Timeout = timeout;
            resilience.CircuitBreaker.SamplingDuration = TimeSpan.FromSeconds(Math.Max(30, timeout.TotalSeconds * 2));
            // A target that answers some calls with 429 or 500 still works; one that fails half of them needs a pause.
            resilience.CircuitBreaker.FailureRatio = 0.5;
            resilience.Retry.MaxRetryAttempts = 2;
            resilience.Retry.Delay = TimeSpan.FromMilliseconds(200);
            // "Come back in an hour" is for the caller to read, not for us to wait.
            resilience.Retry.ShouldRetryAfterHeader = false;
            resilience.Retry.DisableForUnsafeHttpMethods();
        }).SelectPipelineByAuthority();
    }

    /// <summary>Sends a request to a target that is not the echo; when this completes, the headers of the answer have arrived.</summary>
    /// <param name="flows">The catalogue the target comes from, for its connection.</param>
    /// <param name="request">Method, headers and body; address and secret headers are added here.</param>
    /// <param name="query">More query for the address, without a question mark; may be empty.</param>
    public async Task<TargetAnswer> SendAsync(FlowSet flows, FlowTarget target, HttpRequestMessage request, string query, CancellationToken cancellationToken)
    {
        if (Prepare(flows, target, request, query) is { } fault)
        {
            return new TargetAnswer(null, fault);
        }

        try
        {
            return new TargetAnswer(await clients.CreateClient(ClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken), null);
        }
        catch (Exception exception) when (Explain(exception) is { } reason)
        {
            Log.Failed(logger, request.RequestUri!.Host, exception.GetType().Name, exception.Message);
            return new TargetAnswer(null, reason);
        }
    }

    /// <summary>The sentence for a failure of the network or the target; null for any other exception.</summary>
    public string? Explain(Exception exception) => exception switch
    {
        TimeoutRejectedException or OperationCanceledException => TimedOut,
        BrokenCircuitException => "The target failed too often. Calls to it pause for some seconds; then try again.",
        ExecutionRejectedException => "Too many calls to this target run at the same time. Try again shortly.",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "The host name of the target is not known.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "The target does not accept connections.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "A secure connection to the target failed; its certificate may be invalid.",
        HttpRequestException or IOException => "The target broke off, or its answer is not valid HTTP.",
        _ => null,
    };

    private string? Prepare(FlowSet flows, FlowTarget target, HttpRequestMessage request, string query)
    {
        var address = target.Address;
        if (target.ConnectionId is { } connectionId)
        {
            if (flows.FindConnection(connectionId) is not { } connection || !FlowTarget.TryCombine(connection.BaseAddress, address, out var combined))
            {
                return "The target's connection does not exist, or the path leaves its base address. Correct the flow's target in the portal.";
            }

            if (secrets.Unprotect(connection) is not { } headers)
            {
                return "The secret headers of the target's connection cannot be read. Enter them again in the portal.";
            }

            address = combined.AbsoluteUri;
            foreach (var (name, value) in headers)
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (query.Length > 0)
        {
            address = $"{address}{(address!.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}";
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            return "The target has no valid address. Correct it in the portal.";
        }

        // Here too: what is allowed may have changed since the flow was saved.
        if (portal.Value.RefusesToCall(uri) is not null)
        {
            Log.Refused(logger, uri.Host);
            return "The portal may not call the target's host. Correct the target in the portal, or ask whoever runs it to allow the host.";
        }

        request.RequestUri = uri;
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A call to the flow target at {Host} failed: {Kind}: {Message}")]
        public static partial void Failed(ILogger logger, string host, string kind, string message);

        [LoggerMessage(2, LogLevel.Warning, "A flow target at {Host} was not called: Portal:OutboundHosts does not list it.")]
        public static partial void Refused(ILogger logger, string host);
    }
}
