using System.Globalization;
using System.Text.Json;
using CsvHelper;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Audit;

/// <summary>Writes entries as CSV or JSON, row by row as they are read, newest first.</summary>
public sealed partial class AuditExport(AuditLog audit)
{
    private const int FlushEvery = 500;

    /// <summary>Writes everything to the stream, which stays open.</summary>
    public Task WriteAsync(Stream stream, AuditQuery query, bool json, CancellationToken cancellationToken)
        => json ? WriteJsonAsync(stream, query, cancellationToken) : WriteCsvAsync(stream, query, cancellationToken);

    private async Task WriteCsvAsync(Stream stream, AuditQuery query, CancellationToken cancellationToken)
    {
        var options = new CsvWriterOptions { Injection = CsvInjection.Escape, NewLine = "\r\n" };
        await using var csv = CsvWriter.Create(stream, options, leaveOpen: true);
        csv.WriteHeader(["id", "at", "actorKind", "actorId", "actorName", "address", "action", "subjectType", "subjectId", "subjectName", "details", "hash"]);
        var rows = 0;
        await foreach (var entry in audit.RowsAsync(query, cancellationToken))
        {
            csv.WriteRecord(CsvRow.Of(entry));
            if (++rows % FlushEvery == 0)
            {
                await csv.FlushAsync(cancellationToken);
            }
        }

        await csv.FlushAsync(cancellationToken);
    }

    private async Task WriteJsonAsync(Stream stream, AuditQuery query, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        var rows = 0;
        await foreach (var entry in audit.RowsAsync(query, cancellationToken))
        {
            json.WriteStartObject();
            json.WriteNumber("id", entry.Id);
            json.WriteString("at", Instant(entry.At));
            json.WriteStartObject("actor");
            json.WriteString("kind", entry.ActorKind.ToString());
            json.WriteString("id", entry.ActorId);
            json.WriteString("name", entry.ActorName);
            json.WriteString("address", entry.Address);
            json.WriteEndObject();
            json.WriteString("action", entry.Action);
            json.WriteStartObject("subject");
            json.WriteString("type", entry.SubjectType);
            json.WriteString("id", entry.SubjectId);
            json.WriteString("name", entry.SubjectName);
            json.WriteEndObject();

            // As the text it is: its bytes are what the hash covers.
            json.WriteString("details", entry.Details);
            json.WriteString("hash", Convert.ToHexStringLower(entry.Hash));
            json.WriteEndObject();
            if (++rows % FlushEvery == 0)
            {
                await json.FlushAsync(cancellationToken);
            }
        }

        json.WriteEndArray();
        await json.FlushAsync(cancellationToken);
    }

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [CsvRecord]
    internal sealed partial record CsvRow(
        [property: CsvColumn("id")] long Id,
        [property: CsvColumn("at")] string At,
        [property: CsvColumn("actorKind")] string ActorKind,
        [property: CsvColumn("actorId")] string ActorId,
        [property: CsvColumn("actorName")] string ActorName,
        [property: CsvColumn("address")] string Address,
        [property: CsvColumn("action")] string Action,
        [property: CsvColumn("subjectType")] string SubjectType,
        [property: CsvColumn("subjectId")] string SubjectId,
        [property: CsvColumn("subjectName")] string SubjectName,
        [property: CsvColumn("details")] string Details,
        [property: CsvColumn("hash")] string Hash)
    {
        public static CsvRow Of(AuditEntry entry) => new(
            entry.Id,
            Instant(entry.At),
            entry.ActorKind.ToString(),
            Spreadsheet.Harmless(entry.ActorId),
            Spreadsheet.Harmless(entry.ActorName),
            Spreadsheet.Harmless(entry.Address ?? ""),
            Spreadsheet.Harmless(entry.Action),
            Spreadsheet.Harmless(entry.SubjectType),
            Spreadsheet.Harmless(entry.SubjectId),
            Spreadsheet.Harmless(entry.SubjectName),
            Spreadsheet.Harmless(entry.Details ?? ""),
            Convert.ToHexStringLower(entry.Hash));
    }
}
