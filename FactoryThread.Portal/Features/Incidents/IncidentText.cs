using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Model;

namespace FactoryThread.Portal.Features.Incidents;

/// <summary>An incident report as a file for the security team: Markdown to read, JSON to file.</summary>
public static class IncidentText
{
    private const int ShownCallers = 30;

    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new InstantConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string Json(IncidentReport report) => JsonSerializer.Serialize(View(report), JsonOptions);

    /// <summary>The same as a part of an answer.</summary>
    public static JsonElement Element(IncidentReport report) => JsonSerializer.SerializeToElement(View(report), JsonOptions);

    private static object View(IncidentReport report)
    {
        var (key, use) = (report.Key, report.Use);
        return new
        {
            key = new
            {
                key.Id,
                key.Name,
                key.Hint,
                environment = key.Environment.Code(),
                kind = key.Kind.Code(),
                permission = key.Permission.Code(),
                key.Flows,
                key.Networks,
                owner = key.OwnerName,
                createdAt = key.CreatedAt,
                key.StoredIn,
            },
            report.SuspectedSince,
            report.ReportedAt,
            report.ReportedBy,
            report.Note,
            report.RefusedSince,
            replacement = report.ReplacementId is null ? null : new { id = report.ReplacementId, hint = report.ReplacementHint },
            use = new
            {
                since = use.Since,
                until = use.Until,
                requests = use.Requests,
                succeeded = use.Succeeded,
                failed = use.Failed,
                refused = use.Refused,
                perDay = Math.Round(use.PerDay, 1),
                perDayBefore = Math.Round(use.PerDayBefore, 1),
                newAddresses = use.NewAddresses,
                newFlows = use.NewFlows,
                callers = use.Callers,
                flows = use.Flows.Select(f => new { flowId = f.FlowId.Length == 0 ? null : f.FlowId, f.Requests, perDayBefore = Math.Round(f.PerDayBefore, 1), f.IsNew }),
                callersAreASample = use.Cut,
            },
            report.GeneratedAt,
        };
    }

    public static string Markdown(IncidentReport report)
    {
        var (key, use) = (report.Key, report.Use);
        var text = new StringBuilder();
        Line($"# Incident report: API key {Safe(key.Name)}");
        Line($"Generated {At(report.GeneratedAt)}. This report contains no key value.");
        Line("## The key");
        Line($"""
            | | |
            |---|---|
            | Id | `{key.Id}` |
            | Value | `{key.Hint}` |
            | Environment | {key.Environment.Code()} |
            | Permission | {key.Permission.Label()}{(key.Flows.Count == 0 ? "" : ": " + Safe(string.Join(", ", key.Flows)))} |
            | Networks | {(key.Networks.Count == 0 ? "any" : Safe(string.Join(", ", key.Networks)))} |
            | Owner | {Safe(key.OwnerName)} |
            | Created | {At(key.CreatedAt)} |
            | Stored in | {Safe(key.StoredIn ?? "not noted")} |
            """);
        Line("## What happened");
        Line($"""
            - Suspected since: {At(report.SuspectedSince)}
            - Reported: {At(report.ReportedAt)} by {Safe(report.ReportedBy)}
            - Refused since: {(report.RefusedSince is { } refused ? At(refused) : "not revoked")}
            - Replacement: {(report.ReplacementId is null ? "none" : $"`{report.ReplacementId}` (`{report.ReplacementHint}`)")}
            - Note: {Safe(report.Note ?? "none")}
            """);
        Line("## Use since the suspected date");
        Line(Invariant($"""
            - {use.Requests:N0} requests: {use.Succeeded:N0} succeeded, {use.Failed:N0} failed, {use.Refused:N0} refused
            - {use.PerDay:N1} a day; before {use.PerDayBefore:N1} a day
            - {use.NewAddresses:N0} new addresses, {use.NewFlows:N0} new flows
            """));
        if (use.Callers.Count > 0)
        {
            Line("### From where");
            Line("| New | Address | Program | First seen | Last seen | Requests | Refused |\n|---|---|---|---|---|---:|---:|\n" + string.Join('\n', use.Callers.Take(ShownCallers).Select(c =>
                Invariant($"| {(c.IsNew ? "**new**" : "")} | {Safe(c.Address ?? "unknown")} | {Safe(c.UserAgent ?? "unknown")} | {At(c.FirstSeen)} | {At(c.LastSeen)} | {c.Requests:N0} | {c.Refused:N0} |"))));
        }

        if (use.Flows.Count > 0)
        {
            Line("### On what");
            Line("| New | Flow | Requests | A day before |\n|---|---|---:|---:|\n" + string.Join('\n', use.Flows.Select(f =>
                Invariant($"| {(f.IsNew && f.FlowId.Length > 0 ? "**new**" : "")} | {(f.FlowId.Length == 0 ? "(no flow)" : Safe(f.FlowId))} | {f.Requests:N0} | {f.PerDayBefore:N1} |"))));
        }

        if (use.Cut || use.Callers.Count > ShownCallers)
        {
            Line($"Not every caller is listed{(use.Cut ? "; only the newest requests were looked at for callers" : "")}. The request log has them all.");
        }

        Line("## To do");
        Line($"""
            - [{(report.RefusedSince is null ? " " : "x")}] Revoke the key
            - [{(report.ReplacementId is null ? " " : "x")}] Create a replacement
            - [ ] Give the replacement to every integration that used the key
            - [ ] Look at each new address and flow above and decide whether it was ours
            - [ ] Remove the leaked value from where it was found, its history included
            - [ ] Check the data that the flows above read or changed
            """);
        return text.ToString();

        void Line(string block) => text.Append(block.ReplaceLineEndings("\n")).Append("\n\n");
    }

    private static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Text of others as plain words: it can be neither a table's border nor a link, nor markup.</summary>
    private static string Safe(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                safe.Append(' ');
                continue;
            }

            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '|' or '#' or '!')
            {
                safe.Append('\\');
            }

            safe.Append(c);
        }

        return safe.ToString();
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
            => writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
