using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Audit.Http;

/// <summary>The record as a download of the portal; itself recorded before the first row leaves.</summary>
internal static class AuditEndpoints
{
    public const string ExportPath = "/settings/audit-log/export";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(ExportPath, DownloadAsync).RequireAuthorization();

    private static async Task<IResult> DownloadAsync(HttpContext context, UserService users, AuditLog audit, AuditExport export, CancellationToken cancellationToken)
    {
        if (await users.FindCallerAsync(context.User, cancellationToken) is not { IsAdministrator: true } caller)
        {
            return Failure.Forbidden("Only an administrator reads the audit log.").ToResult();
        }

        var query = context.Request.Query;
        if (query["format"].ToString() is not ("csv" or "json") and var format)
        {
            return Problems.BadRequest($"'format' must be csv or json, not '{format}'.", "format").ToResult();
        }

        if (!TryReadInstant(query["from"], out var from) || !TryReadInstant(query["to"], out var to))
        {
            return Problems.BadRequest("'from' and 'to' must be instants such as 2026-11-24T00:00:00Z.", "from").ToResult();
        }

        if (from >= to)
        {
            return Problems.BadRequest("'from' must lie before 'to'.", "from").ToResult();
        }

        var wanted = new AuditQuery { ActorId = Text(query["actor"]), Action = Text(query["action"]), Subject = Text(query["subject"]), From = from, To = to };
        var id = await audit.RecordAsync(
            caller.Actor,
            "audit_log.exported",
            "",
            "Audit log",
            new { format = query["format"].ToString(), actor = wanted.ActorId, action = wanted.Action, subject = wanted.Subject, from, to },
            cancellationToken);
        return new ExportResult(export, wanted with { UpToId = id }, query["format"] == "json");
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private static bool TryReadInstant(string? text, out DateTimeOffset? instant)
    {
        instant = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var valid = DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed);
        instant = parsed;
        return valid;
    }

    private sealed class ExportResult(AuditExport export, AuditQuery query, bool json) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status200OK;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.ContentDisposition = $"attachment; filename=audit-log.{(json ? "json" : "csv")}";
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.ContentType = json ? "application/json; charset=utf-8" : "text/csv; charset=utf-8";
            return export.WriteAsync(httpContext.Response.Body, query, json, httpContext.RequestAborted);
        }
    }
}
