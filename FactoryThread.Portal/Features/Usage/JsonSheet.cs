using System.Globalization;
using System.Text.Json;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Usage or requests as one JSON object: what was asked for, the rows, and at its end their sum.</summary>
internal sealed class JsonSheet : ExportSheet
{
    private readonly Utf8JsonWriter _json;
    private UsageCounts _sum;

    public JsonSheet(ExportOrder order)
        : base(order)
        => _json = new Utf8JsonWriter(Buffer, new JsonWriterOptions { Indented = !order.Requests });

    public override void Begin()
    {
        _json.WriteStartObject();
        if (!Order.Scope.IsWorkspace)
        {
            _json.WriteString("keyId", Order.Scope.KeyId);
        }

        _json.WriteString("from", Text(Order.Range.From));
        _json.WriteString("to", Text(Order.Range.To));
        _json.WriteString("by", Order.By);
        _json.WriteStartArray("rows");
    }

    public override void Write(UsageRow row)
    {
        _json.WriteStartObject();
        WriteKey(row.Key);
        _json.WriteString("start", Text(row.Start));
        _json.WriteString("flowId", row.FlowId.Length == 0 ? null : row.FlowId);
        Write(row.Counts);
        _json.WriteEndObject();
        _sum += row.Counts;
    }

    public override void Write(LoggedRequest request)
    {
        Span<byte> instant = stackalloc byte[InstantRoom];
        _json.WriteStartObject();
        WriteKey(request.Key);
        _json.WriteString("at"u8, Instant(request.At, instant));
        Write("requestId"u8, request.Texts.RequestId);
        Write("flowId"u8, request.Texts.FlowId);
        Write("route"u8, request.Texts.Route);
        _json.WriteString("outcome"u8, Word(request.Outcome));
        Write("code"u8, request.Texts.Code);
        _json.WriteNumber("status"u8, request.Status);
        _json.WriteNumber("durationMicros"u8, request.DurationMicros);
        Write("address"u8, request.Texts.Address);
        Write("userAgent"u8, request.Texts.UserAgent);
        Write("executionId"u8, request.Texts.ExecutionId);
        Write("error"u8, request.Texts.Error);
        _json.WriteString("environment"u8, request.Environment);
        _json.WriteEndObject();
        _sum = _sum.With(request.Outcome, 1);
    }

    public override void End()
    {
        _json.WriteEndArray();
        Write(_sum);
        _json.WriteEndObject();
    }

    public override void Dispose()
    {
        _json.Dispose();
        base.Dispose();
    }

    protected override void Complete() => _json.Flush();

    private void WriteKey(UsageKey key)
    {
        if (Order.Scope.IsWorkspace)
        {
            _json.WriteString("keyId", key.Id);
            _json.WriteString("keyName", key.Name);
        }
    }

    private void Write(UsageCounts counts)
    {
        _json.WriteNumber("total", counts.Total);
        _json.WriteNumber("succeeded", counts.Succeeded);
        _json.WriteNumber("failed", counts.Failed);
        _json.WriteNumber("refused", counts.Refused);
    }

    private void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            _json.WriteNull(name);
        }
        else
        {
            _json.WriteString(name, text);
        }
    }

    private static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}
