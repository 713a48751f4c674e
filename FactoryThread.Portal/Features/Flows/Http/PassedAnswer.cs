using System.Buffers;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>Passes a target's answer through to the caller of a custom endpoint.</summary>
internal static class PassedAnswer
{
    private const int BufferBytes = 32 * 1024;

    /// <param name="silence">How long the target may send nothing before the connection is broken off.</param>
    public static async Task WriteAsync(HttpContext context, HttpResponseMessage answer, TimeSpan silence, TimeProvider time)
    {
        var status = (int)answer.StatusCode;
        context.Response.StatusCode = status;
        ForwardedHeaders.ToCaller(answer, context.Response.Headers);
        if (status is 204 or 205 or < 200)
        {
            return;
        }

        context.Response.ContentLength = answer.Content.Headers.ContentLength;
        if (HttpMethods.IsHead(context.Request.Method) || status == 304)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var patience = new CancellationTokenSource(silence, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
            await using var stream = await answer.Content.ReadAsStreamAsync(either.Token);
            while (await stream.ReadAsync(buffer, either.Token) is var count and > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
                patience.CancelAfter(silence);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
