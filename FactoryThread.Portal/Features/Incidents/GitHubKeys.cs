using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using FactoryThread.Portal.Features.Incidents.Model;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Incidents;

/// <summary>What came of checking a signature.</summary>
public enum SignatureCheck
{
    Right,
    Wrong,

    /// <summary>The signer's keys could not be fetched, so nothing can be said.</summary>
    Unknown,
}

/// <summary>The public keys that GitHub signs its reports with: configured, or fetched and kept for an hour.</summary>
public sealed partial class GitHubKeys(IHttpClientFactory clients, IOptions<LeakOptions> options, TimeProvider time, ILogger<GitHubKeys> logger) : IDisposable
{
    private const string ClientName = "leak-report-keys";
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    /// <summary>An unknown identifier asks anew at most this often, or anybody could make us ask all the time.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _fetching = new(1);
    private FrozenDictionary<string, string> _fetched = FrozenDictionary<string, string>.Empty;
    private DateTimeOffset? _fetchedAt;

    public void Dispose() => _fetching.Dispose();

    public static void Register(IServiceCollection services)
    {
        services.AddSingleton<GitHubKeys>();
        services.AddHttpClient(ClientName, http =>
            {
                http.Timeout = TimeSpan.FromSeconds(10);
                http.MaxResponseContentBufferSize = 1024 * 1024;
                http.DefaultRequestHeaders.UserAgent.ParseAdd("FactoryThread.Portal");
            })
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.UseCookies = false;
                handler.AllowAutoRedirect = false;
            });
    }

    /// <summary>ECDSA with SHA-256 over the raw body, the signature in DER and base64.</summary>
    public async Task<SignatureCheck> CheckAsync(string identifier, string signature, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var bytes = new byte[signature.Length];
        if (!Convert.TryFromBase64String(signature, bytes, out var length))
        {
            return SignatureCheck.Wrong;
        }

        if (!options.Value.GitHub.PublicKeys.TryGetValue(identifier, out var pem))
        {
            if (!await RefreshAsync(identifier, cancellationToken))
            {
                return SignatureCheck.Unknown;
            }

            if (!_fetched.TryGetValue(identifier, out pem))
            {
                return SignatureCheck.Wrong;
            }
        }

        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key.VerifyData(body.Span, bytes.AsSpan(0, length), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ? SignatureCheck.Right
            : SignatureCheck.Wrong;
    }

    /// <returns>False if the keys are not known and cannot be fetched.</returns>
    private async Task<bool> RefreshAsync(string identifier, CancellationToken cancellationToken)
    {
        if (options.Value.GitHub.KeysUrl is not { Length: > 0 } url)
        {
            return true;
        }

        await _fetching.WaitAsync(cancellationToken);
        try
        {
            var age = time.GetUtcNow() - _fetchedAt;
            if (age < (_fetched.ContainsKey(identifier) ? Keep : Pause))
            {
                return true;
            }

            using var http = clients.CreateClient(ClientName);
            var answer = JsonSerializer.Deserialize<Published>(await http.GetByteArrayAsync(new Uri(url), cancellationToken));
            _fetched = (answer?.Keys ?? []).Where(IsUsable).ToFrozenDictionary(k => k.Identifier, k => k.Pem, StringComparer.Ordinal);
            _fetchedAt = time.GetUtcNow();
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Log.NotFetched(logger, url, exception);

            // Keys fetched before go on counting; they change about once a year.
            return _fetched.ContainsKey(identifier);
        }
        finally
        {
            _fetching.Release();
        }

        static bool IsUsable(PublicKey key) => key.Identifier is { Length: > 0 } && key.Pem is not null && ValidateLeakOptions.IsPublicKey(key.Pem);
    }

    private sealed record Published([property: JsonPropertyName("public_keys")] List<PublicKey>? Keys);

    private sealed record PublicKey([property: JsonPropertyName("key_identifier")] string Identifier, [property: JsonPropertyName("key")] string Pem);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The public keys of leak reports could not be fetched from {Url}; reports are answered 503 until they can.")]
        public static partial void NotFetched(ILogger logger, string url, Exception exception);
    }
}
