using System.Buffers;
using System.Globalization;
using System.Text.Json;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>An execution that has begun.</summary>
/// <param name="Timestamp">When, by the clock that measures.</param>
internal readonly record struct Execution(string Id, string FlowId, KeyEnvironment Environment, DateTimeOffset StartedAt, long Timestamp)
{
    /// <summary>Ids sort by time: <c>exe_</c> and a version 7 GUID.</summary>
    public static Execution Begin(string flowId, KeyEnvironment environment, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new Execution($"exe_{Guid.CreateVersion7(now):N}", flowId, environment, now, time.GetTimestamp());
    }
}

/// <summary>Writes the answer of a succeeded execution. The output is copied into it as it is, not parsed again.</summary>
internal static class ExecutionAnswer
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <param name="output">One JSON value in UTF-8.</param>
    public static Task WriteAsync(HttpContext context, in Execution execution, TimeSpan duration, ReadOnlyMemory<byte> output)
    {
        var response = context.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.Location = "/executions/" + execution.Id;

        var head = Head(execution, duration);
        response.ContentLength = head.Length + output.Length + 1;
        var body = response.BodyWriter;
        body.Write(head);
        body.Write(output.Span);
        body.Write("}"u8);
        var flushed = body.FlushAsync(context.RequestAborted);
        return flushed.IsCompletedSuccessfully ? Task.CompletedTask : flushed.AsTask();
    }

    // Everything before the output's value; this thread's buffer, so it has to be copied before anything is awaited.
    private static ReadOnlySpan<byte> Head(in Execution execution, TimeSpan duration)
    {
        _buffer ??= new ArrayBufferWriter<byte>(512);
        _buffer.ResetWrittenCount();
        _writer ??= new Utf8JsonWriter(_buffer);
        _writer.Reset(_buffer);

        Span<char> instant = stackalloc char[24];
        execution.StartedAt.UtcDateTime.TryFormat(instant, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        _writer.WriteStartObject();
        _writer.WriteString("executionId"u8, execution.Id);
        _writer.WriteString("flowId"u8, execution.FlowId);
        _writer.WriteString("environment"u8, execution.Environment == KeyEnvironment.Live ? "live"u8 : "test"u8);
        _writer.WriteString("status"u8, "succeeded"u8);
        _writer.WriteString("startedAt"u8, instant[..length]);
        _writer.WriteNumber("durationMs"u8, (long)Math.Round(duration.TotalMilliseconds));
        _writer.WritePropertyName("output"u8);
        _writer.Flush();
        return _buffer.WrittenSpan;
    }
}
