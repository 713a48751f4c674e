using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>Makes the JSON output of an execution out of what a target answered.</summary>
public static class FlowOutput
{
    /// <summary>Bytes an output may have; more is a failed execution.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private const int MaxDepth = 256;

    /// <summary>One JSON value in valid UTF-8, nothing after it.</summary>
    public static bool IsJson(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The answer's body as a JSON value: JSON as it is, other text as a string, nothing as null. A sentence if it is too large or unreadable.</summary>
    public static async Task<(ReadOnlyMemory<byte> Json, string? Error)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentEncoding.Count > 0)
        {
            return (default, "The target answered in a compressed form that was not asked for.");
        }

        var bytes = new ArrayBufferWriter<byte>((int)Math.Clamp(content.Headers.ContentLength ?? 4096, 256, MaxBytes));
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        while (await stream.ReadAsync(bytes.GetMemory(4096), cancellationToken) is var count and > 0)
        {
            bytes.Advance(count);
            if (bytes.WrittenCount > MaxBytes)
            {
                return (default, "The target's answer is larger than 10 MB.");
            }
        }

        return (ToJson(bytes.WrittenMemory, content.Headers.ContentType), null);
    }

    private static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> body, System.Net.Http.Headers.MediaTypeHeaderValue? type)
    {
        if (body.IsEmpty)
        {
            return "null"u8.ToArray();
        }

        var encoding = EncodingOf(type?.CharSet);
        var text = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        if (encoding is not UTF8Encoding)
        {
            text = Encoding.Convert(encoding, Encoding.UTF8, body.Span.ToArray());
        }

        var isJson = type?.MediaType is { } media
            && (media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        return isJson && IsJson(text.Span) ? text : JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(text.Span));
    }

    private static Encoding EncodingOf(string? charset)
    {
        try
        {
            return charset is null ? Encoding.UTF8 : Encoding.GetEncoding(charset.Trim('"'));
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
