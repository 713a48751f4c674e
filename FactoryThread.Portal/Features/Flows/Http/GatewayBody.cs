using System.Buffers;
using System.IO.Pipelines;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>A request's whole body in borrowed memory, valid until <see cref="Release"/>; or the problem that it has.</summary>
internal readonly struct GatewayBody
{
    private readonly PipeReader? _reader;
    private readonly SequencePosition _end;
    private readonly byte[]? _rented;

    private GatewayBody(ReadOnlyMemory<byte> bytes, PipeReader reader, SequencePosition end, byte[]? rented)
        => (Bytes, _reader, _end, _rented) = (bytes, reader, end, rented);

    private GatewayBody(Problem problem) => Problem = problem;

    public ReadOnlyMemory<byte> Bytes { get; }

    public Problem? Problem { get; }

    /// <summary>Reads up to <see cref="PlatformSetup.MaxBodyBytes"/>; more is a 413 problem.</summary>
    public static async ValueTask<GatewayBody> ReadAsync(HttpContext context)
    {
        OversizeBody.Expect(context);
        var reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted);
                var buffer = read.Buffer;
                if (buffer.Length > PlatformSetup.MaxBodyBytes || context.Request.ContentLength > PlatformSetup.MaxBodyBytes)
                {
                    reader.AdvanceTo(buffer.End);
                    await OversizeBody.DiscardAsync(reader, context.RequestAborted);
                    return new GatewayBody(TooLarge);
                }

                if (read.IsCompleted)
                {
                    return Whole(reader, buffer);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch (BadHttpRequestException exception)
        {
            return new GatewayBody(exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge
                : Problems.BadRequest("The body did not arrive whole."));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Nobody reads this answer, but the call was admitted and so it is recorded.
            return new GatewayBody(Problems.BadRequest("The client went away before the body had arrived."));
        }
    }

    /// <summary>The body as JSON text in UTF-8 without a byte order mark, <c>{}</c> if there is none; or the problem: 415 for another content type, 400 for bad JSON.</summary>
    public (ReadOnlyMemory<byte> Json, Problem? Problem) AsJson(HttpRequest request)
    {
        var json = Bytes;
        if (!json.Span.ContainsAnyExcept(" \t\r\n"u8))
        {
            return ("{}"u8.ToArray(), null);
        }

        if (request.ContentType is { Length: > 0 } && !IsJson(request))
        {
            return (default, Unsupported);
        }

        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        return FlowOutput.IsJson(json.Span) ? (json, null) : (default, Problems.BadRequest("The body is not valid JSON."));
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        _reader?.AdvanceTo(_end);
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    private static Problem Unsupported => new() { Status = 415, Title = "Unsupported media type", Code = "invalid_request", Detail = "Send the body as application/json in UTF-8." };

    private static Problem TooLarge => OversizeBody.Problem("10 MB");

    private static GatewayBody Whole(PipeReader reader, in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment)
        {
            return new GatewayBody(buffer.First, reader, buffer.End, null);
        }

        var rented = ArrayPool<byte>.Shared.Rent((int)buffer.Length);
        buffer.CopyTo(rented);
        return new GatewayBody(rented.AsMemory(0, (int)buffer.Length), reader, buffer.End, rented);
    }

    private static bool IsJson(HttpRequest request)
        => request.HasJsonContentType()
            && (!System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
                || type.CharSet is null
                || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
