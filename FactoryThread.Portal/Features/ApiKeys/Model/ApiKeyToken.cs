using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>The value of an API key, as a caller presents it. An immutable value that lives only in the response that reveals it.</summary>
/// <remarks>
/// <code>
/// characters  content
/// 0–7         ft_live_ (production) or ft_test_ (sandbox)
/// 8–41        34 base62 characters (0-9A-Za-z) from a cryptographic generator, about 202 bits
/// 42–47       CRC-32 (ISO-HDLC) of characters 0–41 as six base62 digits, most significant first
/// </code>
/// The checksum lets a typing error, and most leaked-key scanners' false hits, be told apart without a look-up.
/// </remarks>
public readonly struct ApiKeyToken : IEquatable<ApiKeyToken>
{
    public const int Length = 48;
    public const string LivePrefix = "ft_live_";
    public const string TestPrefix = "ft_test_";
    private const int PrefixLength = 8;
    private const int ChecksumLength = 6;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> Base62 = SearchValues.Create(Alphabet);
    private readonly string _value;

    private ApiKeyToken(string value) => _value = value;

    public KeyEnvironment Environment => _value.StartsWith(LivePrefix, StringComparison.Ordinal) ? KeyEnvironment.Live : KeyEnvironment.Test;

    /// <summary>What may be shown and stored of a key: <c>ft_live_Ab3d…x9Qz</c>.</summary>
    public string Hint => $"{_value[..(PrefixLength + 4)]}…{_value[^4..]}";

    /// <summary>Whether a <see cref="Hint"/> could hold a text: of a value it shows four letters in a row and no more.</summary>
    public static bool MayBeInHint(string text) => text.Split('_', '…').All(part => part.Length <= 4);

    public static ApiKeyToken Create(KeyEnvironment environment)
    {
        var body = (environment == KeyEnvironment.Live ? LivePrefix : TestPrefix)
            + RandomNumberGenerator.GetString(Alphabet, Length - PrefixLength - ChecksumLength);
        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(body, checksum);
        return new ApiKeyToken(string.Concat(body, checksum));
    }

    public static bool TryParse(ReadOnlySpan<char> text, out ApiKeyToken token)
    {
        var valid = IsWellFormed(text);
        token = valid ? new ApiKeyToken(text.ToString()) : default;
        return valid;
    }

    /// <summary>Prefix, length, alphabet and checksum are right. Costs no I/O.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        if (text.Length != Length
            || !(text.StartsWith(LivePrefix, StringComparison.Ordinal) || text.StartsWith(TestPrefix, StringComparison.Ordinal))
            || text[PrefixLength..].ContainsAnyExcept(Base62))
        {
            return false;
        }

        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(text[..^ChecksumLength], checksum);
        return text[^ChecksumLength..].SequenceEqual(checksum);
    }

    /// <summary>The hash of a well-formed token's text, without allocating; false if it is not well formed.</summary>
    public static bool TryHash(ReadOnlySpan<char> text, out KeyHash hash)
    {
        hash = default;
        if (!IsWellFormed(text))
        {
            return false;
        }

        Span<byte> ascii = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(text, ascii);
        hash = KeyHash.Of(ascii);
        return true;
    }

    /// <summary>SHA-256 of the whole token. A key is 202 random bits, so a slow password hash would add nothing.</summary>
    public KeyHash Hash()
    {
        Span<byte> ascii = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(_value, ascii);
        return KeyHash.Of(ascii);
    }

    /// <summary>The plaintext; call it only where the key is revealed.</summary>
    public string Reveal() => _value;

    /// <summary>The hint, so that a token that strays into a log line or an interpolation gives nothing away.</summary>
    public override string ToString() => _value is null ? "" : Hint;

    public bool Equals(ApiKeyToken other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is ApiKeyToken other && Equals(other);

    public override int GetHashCode() => _value is null ? 0 : _value.GetHashCode(StringComparison.Ordinal);

    public static bool operator ==(ApiKeyToken left, ApiKeyToken right) => left.Equals(right);

    public static bool operator !=(ApiKeyToken left, ApiKeyToken right) => !left.Equals(right);

    private static void WriteChecksum(ReadOnlySpan<char> body, Span<char> destination)
    {
        Span<byte> ascii = stackalloc byte[Length];
        var written = Encoding.ASCII.GetBytes(body, ascii);
        var checksum = Crc32.HashToUInt32(ascii[..written]);
        for (var i = ChecksumLength - 1; i >= 0; i--)
        {
            destination[i] = Alphabet[(int)(checksum % 62)];
            checksum /= 62;
        }
    }
}

/// <summary>SHA-256 of a token: 32 bytes as four words, usable as a dictionary key without allocating.</summary>
public readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    public const int Size = 32;

    public static KeyHash Of(ReadOnlySpan<byte> token)
    {
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(token, digest);
        return FromBytes(digest);
    }

    public static KeyHash FromBytes(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, A);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), B);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), C);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), D);
        return bytes;
    }

    // The words are already uniformly random.
    public override int GetHashCode() => (int)A;
}
