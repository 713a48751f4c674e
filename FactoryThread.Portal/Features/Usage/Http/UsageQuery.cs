using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Http;

/// <summary>Reads what the addresses of usage say: <c>from</c>, <c>to</c>, <c>by</c>, and of exports <c>format</c>.</summary>
/// <remarks>
/// The portal's own links also name the viewer's <c>zone</c>, in whose days they count (<c>allowZone</c>); for programs days are UTC.
/// A fault is a 400 that names the parameter.
/// </remarks>
internal static class UsageQuery
{
    public static bool TryReadRange(
        IQueryCollection query, UsageReports reports, [NotNullWhen(true)] out UsageRange? range, [NotNullWhen(false)] out Problem? problem)
    {
        range = null;
        return TryReadStep(query["by"], out var step)
            ? TryReadRange(query, step ?? UsageStep.Day, allowZone: false, reports.Range, out range, out problem)
            : Fails("'by' must be hour or day.", "by", out problem);
    }

    public static bool TryReadOrder(
        IQueryCollection query,
        UsageScope scope,
        UsageReports reports,
        bool allowZone,
        [NotNullWhen(true)] out ExportOrder? order,
        [NotNullWhen(false)] out Problem? problem)
    {
        order = null;
        var requests = query["by"] == "request";
        UsageStep? step = null;
        if (!requests && !TryReadStep(query["by"], out step))
        {
            return Fails("'by' must be hour, day or request.", "by", out problem);
        }

        if (ReadFormat(query["format"]) is not { } format)
        {
            return Fails("'format' must be csv or json.", "format", out problem);
        }

        if (requests ? !TryReadRange(query, UsageStep.Day, allowZone, reports.ExactRange, out var range, out problem)
            : !TryReadRange(query, step ?? (allowZone ? null : UsageStep.Day), allowZone, reports.Range, out range, out problem))
        {
            return false;
        }

        order = new ExportOrder(scope, range!, requests, format);
        return true;
    }

    private static bool TryReadRange(
        IQueryCollection query,
        UsageStep? by,
        bool allowZone,
        Func<DateTimeOffset?, DateTimeOffset?, UsageStep?, TimeZoneInfo?, Result<UsageRange>> check,
        [NotNullWhen(true)] out UsageRange? range,
        [NotNullWhen(false)] out Problem? problem)
    {
        range = null;
        TimeZoneInfo? zone = null;
        if (!TryReadInstant(query["from"], out var from))
        {
            return Fails("'from' must be an instant such as 2026-11-24T00:00:00Z, or a date.", "from", out problem);
        }

        if (!TryReadInstant(query["to"], out var to))
        {
            return Fails("'to' must be an instant such as 2026-11-24T00:00:00Z, or a date.", "to", out problem);
        }

        if (allowZone && query["zone"].ToString() is { Length: > 0 } name && !BrowserTime.TryFindZone(name, out zone))
        {
            return Fails("'zone' must be a time zone such as Europe/Berlin.", "zone", out problem);
        }

        if (!check(from, to, by, zone).Succeeded(out range, out var failure))
        {
            problem = Problems.From(failure) with { Status = StatusCodes.Status400BadRequest };
            return false;
        }

        problem = null;
        return true;
    }

    private static bool Fails(string detail, string field, [NotNull] out Problem? problem)
    {
        problem = Problems.BadRequest(detail, field);
        return false;
    }

    private static ExportFormat? ReadFormat(string? text) => text switch
    {
        null or "csv" => ExportFormat.Csv,
        "json" => ExportFormat.Json,
        _ => null,
    };

    private static bool TryReadInstant(string? text, out DateTimeOffset? instant)
    {
        instant = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        // A '+' in a query that was not escaped arrives as a space.
        string[] formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        if (!DateTimeOffset.TryParseExact(text.Replace(' ', '+'), formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
        {
            return false;
        }

        instant = parsed;
        return true;
    }

    private static bool TryReadStep(string? text, out UsageStep? step)
    {
        step = text switch { "hour" => UsageStep.Hour, "day" => UsageStep.Day, _ => null };
        return step is not null || string.IsNullOrEmpty(text);
    }
}
