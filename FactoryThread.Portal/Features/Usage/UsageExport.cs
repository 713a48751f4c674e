using System.Globalization;
using System.Text.Json;
using CsvHelper;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>The file formats of an export.</summary>
public enum ExportFormat
{
    Csv,
    Json,
}

/// <summary>Writes a key's usage as CSV or JSON, row by row as it is read.</summary>
public sealed partial class UsageExport(UsageReports reports)
{
    private const int FlushEvery = 500;

    public static string ContentType(ExportFormat format) => format == ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";

    /// <summary>Such as <c>usage-erp-order-sync-2026-10-25-2026-11-24.csv</c>; of a name only what every file system takes.</summary>
    public static string FileName(string keyName, UsageRange range, ExportFormat format)
    {
        var name = string.Concat(keyName.Take(60).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).Trim('-', '.');
        var (from, to) = (TimeZoneInfo.ConvertTime(range.From, range.Zone), TimeZoneInfo.ConvertTime(range.To, range.Zone));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"usage-{(name.Length == 0 ? "key" : name)}-{from:yyyy-MM-dd}-{to:yyyy-MM-dd}.{(format == ExportFormat.Csv ? "csv" : "json")}");
    }

    /// <summary>Writes everything to the stream, which stays open.</summary>
    public Task WriteAsync(Stream stream, string keyId, UsageRange range, ExportFormat format, CancellationToken cancellationToken)
        => format == ExportFormat.Csv ? WriteCsvAsync(stream, keyId, range, cancellationToken) : WriteJsonAsync(stream, keyId, range, cancellationToken);

    private async Task WriteCsvAsync(Stream stream, string keyId, UsageRange range, CancellationToken cancellationToken)
    {
        var options = new CsvWriterOptions { Injection = CsvInjection.Escape, NewLine = "\r\n" };
        await using var csv = CsvWriter.Create(stream, options, leaveOpen: true);
        csv.WriteHeader(["start", "flowId", "total", "succeeded", "failed", "refused"]);
        var rows = 0;
        await foreach (var row in reports.RowsAsync(keyId, range, cancellationToken))
        {
            csv.WriteRecord(CsvRow.Of(row));
            if (++rows % FlushEvery == 0)
            {
                await csv.FlushAsync(cancellationToken);
            }
        }

        await csv.FlushAsync(cancellationToken);
    }

    private async Task WriteJsonAsync(Stream stream, string keyId, UsageRange range, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("keyId", keyId);
        json.WriteString("from", Instant(range.From));
        json.WriteString("to", Instant(range.To));
        json.WriteString("by", range.By == UsageStep.Hour ? "hour" : "day");
        json.WriteStartArray("rows");
        var sum = default(UsageCounts);
        var rows = 0;
        await foreach (var row in reports.RowsAsync(keyId, range, cancellationToken))
        {
            json.WriteStartObject();
            json.WriteString("start", Instant(row.Start));
            json.WriteString("flowId", row.FlowId.Length == 0 ? null : row.FlowId);
            Counts(json, row.Counts);
            json.WriteEndObject();
            sum += row.Counts;
            if (++rows % FlushEvery == 0)
            {
                await json.FlushAsync(cancellationToken);
            }
        }

        json.WriteEndArray();
        Counts(json, sum);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private static void Counts(Utf8JsonWriter json, UsageCounts counts)
    {
        json.WriteNumber("total", counts.Total);
        json.WriteNumber("succeeded", counts.Succeeded);
        json.WriteNumber("failed", counts.Failed);
        json.WriteNumber("refused", counts.Refused);
    }

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>The columns of the contract, in their order.</summary>
    [CsvRecord]
    internal sealed partial record CsvRow(
        [property: CsvColumn("start")] string Start,
        [property: CsvColumn("flowId")] string FlowId,
        [property: CsvColumn("total")] long Total,
        [property: CsvColumn("succeeded")] long Succeeded,
        [property: CsvColumn("failed")] long Failed,
        [property: CsvColumn("refused")] long Refused)
    {
        public static CsvRow Of(UsageRow row)
            => new(Instant(row.Start), Spreadsheet.Harmless(row.FlowId), row.Counts.Total, row.Counts.Succeeded, row.Counts.Failed, row.Counts.Refused);
    }
}
