using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>The one-time link that makes the first administrator. Only its hash is kept, in this process; each start issues a new one.</summary>
public sealed class SetupLink(TimeProvider time)
{
    public const string Path = "/account/setup";

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private volatile Issued? _issued;

    /// <summary>A new token; the one before it is no longer accepted.</summary>
    public string Issue()
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _issued = new Issued(Hash(token), time.GetUtcNow() + Lifetime);
        return token;
    }

    public bool Accepts(string? token)
        => token is not null
            && _issued is { } issued
            && time.GetUtcNow() < issued.Until
            && CryptographicOperations.FixedTimeEquals(issued.Hash, Hash(token));

    /// <summary>The link has done its work.</summary>
    public void Close() => _issued = null;

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private sealed record Issued(byte[] Hash, DateTimeOffset Until);
}
