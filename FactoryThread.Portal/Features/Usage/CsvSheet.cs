using System.Buffers;
using System.Globalization;
using System.Text;
using CsvHelper;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Usage or requests as CSV that no spreadsheet takes for formulas.</summary>
internal sealed class CsvSheet : ExportSheet
{
    private static readonly string[] KeyColumns = ["keyId", "keyName"];
    private static readonly string[] CountColumns = ["start", "flowId", "total", "succeeded", "failed", "refused"];

    private static readonly string[] RequestColumns =
        ["at", "requestId", "flowId", "route", "outcome", "code", "status", "durationMicros", "address", "userAgent", "executionId", "error", "environment"];

    /// <summary>Bytes of control characters; 0xC2 begins those above ASCII, and some others.</summary>
    private static readonly SearchValues<byte> Doubtful = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), 0x7F, 0xC2]);

    private readonly CsvWriter _csv;
    private UsageKey? _key;
    private byte[] _keyName = [];

    public CsvSheet(ExportOrder order)
        : base(order)
        => _csv = CsvWriter.Create(Buffer, Options, leaveOpen: true);

    internal static CsvWriterOptions Options => new() { Injection = CsvInjection.Escape, NewLine = "\r\n" };

    public override void Begin() => _csv.WriteHeader([.. Order.Scope.IsWorkspace ? KeyColumns : [], .. Order.Requests ? RequestColumns : CountColumns]);

    public override void Write(UsageRow row)
    {
        WriteKey(row.Key);
        _csv.WriteField(row.Start.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
        _csv.WriteField(Spreadsheet.Harmless(row.FlowId));
        _csv.WriteField(row.Counts.Total);
        _csv.WriteField(row.Counts.Succeeded);
        _csv.WriteField(row.Counts.Failed);
        _csv.WriteField(row.Counts.Refused);
        _csv.EndRecord();
    }

    public override void Write(LoggedRequest request)
    {
        Span<byte> instant = stackalloc byte[InstantRoom];
        WriteKey(request.Key);
        _csv.WriteField(Instant(request.At, instant));
        _csv.WriteField(Harmless(request.Texts.RequestId));
        _csv.WriteField(Harmless(request.Texts.FlowId));
        _csv.WriteField(Harmless(request.Texts.Route));
        _csv.WriteField(Word(request.Outcome));
        _csv.WriteField(Harmless(request.Texts.Code));
        _csv.WriteField(request.Status);
        _csv.WriteField(request.DurationMicros);
        _csv.WriteField(Harmless(request.Texts.Address));
        _csv.WriteField(Harmless(request.Texts.UserAgent));
        _csv.WriteField(Harmless(request.Texts.ExecutionId));
        _csv.WriteField(Harmless(request.Texts.Error));
        _csv.WriteField(request.Environment);
        _csv.EndRecord();
    }

    public override void End()
    {
    }

    public override void Dispose()
    {
        _csv.Dispose();
        base.Dispose();
    }

    protected override void Complete() => _csv.Flush();

    /// <summary><see cref="Spreadsheet.Harmless"/> for UTF-8, of which nearly all is harmless as it stands.</summary>
    private static ReadOnlySpan<byte> Harmless(ReadOnlySpan<byte> utf8)
        => utf8.IsEmpty || (char.IsAsciiLetterOrDigit((char)utf8[0]) && !utf8.ContainsAny(Doubtful)) ? utf8 : Encoding.UTF8.GetBytes(Spreadsheet.Harmless(Encoding.UTF8.GetString(utf8)));

    private void WriteKey(UsageKey key)
    {
        if (!Order.Scope.IsWorkspace)
        {
            return;
        }

        if (!ReferenceEquals(key, _key))
        {
            (_key, _keyName) = (key, Encoding.UTF8.GetBytes(Spreadsheet.Harmless(key.Name ?? "")));
        }

        _csv.WriteField(key.Id);
        _csv.WriteField(_keyName.AsSpan());
    }
}
