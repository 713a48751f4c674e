using System.Buffers.Text;
using System.Text.Json;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Access.Http;

/// <summary>
/// The body of a validation answer. All that does not change between two requests of a key is made once and kept with its snapshot; what is
/// left are a handful of copies and four numbers.
/// </summary>
internal sealed class VerdictJson
{
    private static readonly byte[][] Heads = [.. Enum.GetValues<VerdictCode>().Select(code =>
        JsonSerializer.SerializeToUtf8Bytes(new { valid = code == VerdictCode.Valid, code = code.Answer().Code }))];

    private readonly byte[] _toMinute;
    private readonly byte[] _toDay;

    private VerdictJson(KeySnapshot key)
    {
        // Without the braces: it goes on where the head ended.
        var fields = JsonSerializer.SerializeToUtf8Bytes(new
        {
            keyId = key.Id,
            name = key.Name,
            environment = key.Environment.Code(),
            permission = key.Permission.Code(),
            flows = key.Flows.Order(StringComparer.Ordinal),
            expiresAt = key.ExpiresAt?.UtcDateTime,
        });
        _toMinute = [.. ","u8, .. fields.AsSpan()[1..^1], .. ",\"limits\":["u8, .. Limit("minute", key.PerMinute)];
        _toDay = [.. "},"u8, .. Limit("day", key.PerDay)];
    }

    /// <summary>Writes the whole body; <paramref name="destination"/> has at least <see cref="MaxLength"/> bytes.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Verdict verdict, Span<byte> destination)
    {
        var head = Heads[(int)verdict.Code];
        head.CopyTo(destination);
        if (verdict is not { Key: { Deleted: false } key, Limits: { } left })
        {
            return head.Length;
        }

        var parts = Of(key);
        var at = head.Length - 1;
        Append(parts._toMinute, destination, ref at);
        Numbers(left.MinuteRemaining, left.MinuteReset, destination, ref at);
        Append(parts._toDay, destination, ref at);
        Numbers(left.DayRemaining, left.DayReset, destination, ref at);
        Append("}]}"u8, destination, ref at);
        return at;
    }

    public static int MaxLength(Verdict verdict)
        => 256 + (verdict.Key is { Deleted: false } key ? Of(key)._toMinute.Length + Of(key)._toDay.Length : 0);

    private static VerdictJson Of(KeySnapshot key) => (VerdictJson)(key.Answer ??= new VerdictJson(key));

    private static byte[] Limit(string name, int limit)
        => [.. JsonSerializer.SerializeToUtf8Bytes(new { name, limit }).AsSpan()[..^1], .. ",\"remaining\":"u8];

    private static void Numbers(int remaining, int reset, Span<byte> destination, ref int at)
    {
        Utf8Formatter.TryFormat(remaining, destination[at..], out var written);
        at += written;
        Append(",\"resetSeconds\":"u8, destination, ref at);
        Utf8Formatter.TryFormat(reset, destination[at..], out written);
        at += written;
    }

    private static void Append(ReadOnlySpan<byte> part, Span<byte> destination, ref int at)
    {
        part.CopyTo(destination[at..]);
        at += part.Length;
    }
}
