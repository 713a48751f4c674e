using System.Globalization;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Http;

/// <summary>A key's usage for programs, and the downloads of the portal.</summary>
internal static class UsageEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/keys/{id}/usage", GetUsageAsync).RequireKey(KeyAction.Manage);
        routes.MapGet("/v1/keys/{id}/usage/export", ExportAsync).RequireKey(KeyAction.Manage);

        // Under the cookie and not through the circuit: a download neither holds up the page nor passes through its memory.
        routes.MapGet("/settings/api-keys/{id}/usage/export", DownloadAsync).RequireAuthorization();
    }

    private static async Task<IResult> GetUsageAsync(
        string id, HttpContext context, ApiKeyService keys, UsageReports reports, CancellationToken cancellationToken)
    {
        if (!(await keys.GetAsync(id, context.GetCaller(), cancellationToken)).Succeeded(out _, out var unreachable))
        {
            return unreachable.ToResult();
        }

        if (!TryReadRange(context.Request.Query, reports, allowZone: false, out var range, out var problem))
        {
            return problem.ToResult();
        }

        return TypedResults.Ok(UsageAnswer.Of(await reports.ForKeyAsync(id, range, cancellationToken)));
    }

    private static async Task<IResult> ExportAsync(
        string id, HttpContext context, ApiKeyService keys, UsageReports reports, UsageExport export, AuditLog audit, CancellationToken cancellationToken)
        => (await keys.GetAsync(id, context.GetCaller(), cancellationToken)).Succeeded(out var key, out var unreachable)
            ? await SendExportAsync(key, context, context.GetCaller().Actor, reports, export, audit, allowZone: false)
            : unreachable.ToResult();

    private static async Task<IResult> DownloadAsync(
        string id,
        HttpContext context,
        UserService users,
        ApiKeyService keys,
        UsageReports reports,
        UsageExport export,
        AuditLog audit,
        CancellationToken cancellationToken)
    {
        if (await users.FindCallerAsync(context.User, cancellationToken) is not { } caller)
        {
            return Failure.Forbidden("You are no longer signed in. Sign in again.").ToResult();
        }

        return (await keys.GetAsync(id, caller, cancellationToken)).Succeeded(out var key, out var unreachable)
            ? await SendExportAsync(key, context, caller.Actor, reports, export, audit, allowZone: true)
            : unreachable.ToResult();
    }

    private static async Task<IResult> SendExportAsync(
        ApiKeyDetails key, HttpContext context, Actor actor, UsageReports reports, UsageExport export, AuditLog audit, bool allowZone)
    {
        var query = context.Request.Query;
        if (ReadFormat(query["format"]) is not { } format)
        {
            return Problems.BadRequest("'format' must be csv or json.", "format").ToResult();
        }

        if (!TryReadRange(query, reports, allowZone, out var range, out var problem))
        {
            return problem.ToResult();
        }

        // Before the first row leaves: what is not recorded is not exported.
        await audit.RecordAsync(
            actor,
            "api_key.usage_exported",
            key.Id,
            key.Name,
            new { format = format == ExportFormat.Csv ? "csv" : "json", range.From, range.To, by = range.By == UsageStep.Hour ? "hour" : "day" },
            context.RequestAborted);
        return new ExportResult(export, key.Id, key.Name, range, format);
    }

    private static ExportFormat? ReadFormat(string? text) => text switch
    {
        null or "csv" => ExportFormat.Csv,
        "json" => ExportFormat.Json,
        _ => null,
    };

    /// <param name="allowZone">The portal's links name the viewer's zone, in whose days they count; for programs days are UTC.</param>
    private static bool TryReadRange(
        IQueryCollection query,
        UsageReports reports,
        bool allowZone,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out UsageRange? range,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Problem? problem)
    {
        range = null;
        TimeZoneInfo? zone = null;
        UsageStep? by = null;
        if (!TryReadInstant(query["from"], out var from))
        {
            problem = Problems.BadRequest("'from' must be an instant such as 2026-11-24T00:00:00Z, or a date.", "from");
        }
        else if (!TryReadInstant(query["to"], out var to))
        {
            problem = Problems.BadRequest("'to' must be an instant such as 2026-11-24T00:00:00Z, or a date.", "to");
        }
        else if (!TryReadStep(query["by"], out by))
        {
            problem = Problems.BadRequest("'by' must be hour or day.", "by");
        }
        else if (allowZone && query["zone"].ToString() is { Length: > 0 } name && !BrowserTime.TryFindZone(name, out zone))
        {
            problem = Problems.BadRequest("'zone' must be a time zone such as Europe/Berlin.", "zone");
        }
        else if (reports.Range(from, to, by ?? (allowZone ? null : UsageStep.Day), zone).Succeeded(out range, out var failure))
        {
            problem = null;
            return true;
        }
        else
        {
            problem = Problems.From(failure) with { Status = StatusCodes.Status400BadRequest };
        }

        return false;
    }

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

    private sealed class ExportResult(UsageExport export, string keyId, string keyName, UsageRange range, ExportFormat format) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status200OK;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var disposition = new Microsoft.Net.Http.Headers.ContentDispositionHeaderValue("attachment");
            disposition.SetHttpFileName(UsageExport.FileName(keyName, range, format));
            httpContext.Response.Headers.ContentDisposition = disposition.ToString();
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.ContentType = UsageExport.ContentType(format);
            return export.WriteAsync(httpContext.Response.Body, keyId, range, format, httpContext.RequestAborted);
        }
    }
}

/// <summary>The answer of <c>GET /v1/keys/{id}/usage</c>. Instants are UTC <see cref="DateTime"/>s, which JSON ends with Z.</summary>
internal sealed record UsageAnswer(
    string KeyId, DateTime From, DateTime To, string By, long Total, long Succeeded, long Failed, long Refused, DateTime? LastUsedAt,
    IReadOnlyList<UsageAnswer.Flow> Flows, IReadOnlyList<UsageAnswer.Bucket> Buckets)
{
    public static UsageAnswer Of(UsageReport report) => new(
        report.KeyId,
        report.Range.From.UtcDateTime,
        report.Range.To.UtcDateTime,
        report.Range.By == UsageStep.Hour ? "hour" : "day",
        report.Counts.Total,
        report.Counts.Succeeded,
        report.Counts.Failed,
        report.Counts.Refused,
        report.LastUsedAt?.UtcDateTime,
        [.. report.Flows.Select(f => new Flow(f.FlowId.Length == 0 ? null : f.FlowId, f.Counts.Total, f.Counts.Succeeded, f.Counts.Failed, f.Counts.Refused, f.LastAt.UtcDateTime))],
        [.. report.Buckets.Select(b => new Bucket(b.Start.UtcDateTime, b.Counts.Total, b.Counts.Succeeded, b.Counts.Failed, b.Counts.Refused))]);

    /// <param name="FlowId">Null for requests that name no flow.</param>
    public sealed record Flow(string? FlowId, long Total, long Succeeded, long Failed, long Refused, DateTime LastAt);

    public sealed record Bucket(DateTime Start, long Total, long Succeeded, long Failed, long Refused);
}
