using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts.Delivery;

/// <summary>Why a message did not arrive, for a person.</summary>
/// <param name="Field">The channel's field that is to be changed; null if it lies elsewhere.</param>
/// <param name="Final">Trying again is of no use.</param>
public sealed record DeliveryFault(string Message, string? Field = null, bool Final = false);

/// <summary>Posts a message as Standard Webhooks has it: id, timestamp and an HMAC-SHA256 signature of both with the body.</summary>
public sealed class WebhookSender(IHttpClientFactory clients, TimeProvider time, IOptions<PortalOptions> portal)
{
    private const string ClientName = "alert-webhooks";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public static void Register(IServiceCollection services)
    {
        services.AddSingleton<WebhookSender>();
        services.AddHttpClient(ClientName, http => http.Timeout = Timeout)
            // The usual loggers write whole addresses, and webhook addresses often hold a token.
            .RemoveAllLoggers()
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.UseCookies = false;
                handler.AllowAutoRedirect = false;
                handler.ConnectTimeout = TimeSpan.FromSeconds(10);
            });
    }

    /// <summary>The value of <c>webhook-signature</c>.</summary>
    /// <param name="secret"><c>whsec_</c> and base64</param>
    /// <param name="timestamp">Unix seconds</param>
    internal static string Sign(string secret, string id, string timestamp, string body)
        => "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));

    /// <summary>Sends once; null if the receiver answered with success.</summary>
    public async Task<DeliveryFault?> SendAsync(string address, string secret, string id, string body, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return new("The address is not an http or https address. Correct it.", "target", Final: true);
        }

        if (portal.Value.RefusesToCall(uri) is { } refusal)
        {
            // Not final: the list is mended by the next start.
            return new(refusal, "target");
        }

        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", Sign(secret, id, timestamp, body));
        request.Headers.UserAgent.ParseAdd("FactoryThread-Portal/1.0");
        try
        {
            using var answer = await clients.CreateClient(ClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? null : Explain(answer.StatusCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new($"The webhook did not answer within {Timeout.TotalSeconds:0} seconds. It should answer first and work afterwards.", "target");
        }
        catch (HttpRequestException exception)
        {
            return new(
                exception.HttpRequestError switch
                {
                    HttpRequestError.NameResolutionError => $"The host name {uri.Host} is not known. Check the address.",
                    HttpRequestError.ConnectionError => $"{uri.Authority} does not accept connections. Check host and port, and whether the receiver runs.",
                    HttpRequestError.SecureConnectionError => $"A secure connection to {uri.Authority} failed. Its certificate may be invalid, or it speaks http only.",
                    _ => $"{uri.Authority} broke off, or its answer is not valid HTTP.",
                },
                "target");
        }
    }

    private static DeliveryFault Explain(HttpStatusCode status) => (int)status switch
    {
        410 => new("The webhook answered 410: it wants no more messages. Give the channel another address or delete it.", "target", Final: true),
        >= 300 and < 400 => new($"The webhook answered with a redirect ({(int)status}), which is not followed. Enter the address it leads to.", "target"),
        401 or 403 => new($"The webhook answered {(int)status}. Check that the receiver has this channel's signing secret.", "secret"),
        404 => new("The webhook answered 404. Check the path of the address.", "target"),
        _ => new($"The webhook answered {(int)status}. Look into the log of its receiver for the reason.", "target"),
    };
}
