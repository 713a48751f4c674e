using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Usage.Http;

/// <summary>A key's usage for programs, and the downloads of the portal.</summary>
internal static class UsageEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/keys/{id}/usage", GetUsageAsync).RequireKey(KeyAction.Manage);
        routes.MapGet("/v1/keys/{id}/usage/export", ExportAsync).RequireKey(KeyAction.Manage).CompressAnswers();

        // Under the cookie and not through the circuit: a download neither holds up the page nor passes through its memory.
        routes.MapGet("/settings/api-keys/{id}/usage/export", DownloadAsync).RequireAuthorization().CompressAnswers();
        routes.MapGet("/workspace/usage/export", DownloadWorkspaceAsync).RequireAuthorization().CompressAnswers();
    }

    private static async Task<IResult> GetUsageAsync(
        string id, HttpContext context, ApiKeyService keys, UsageReports reports, CancellationToken cancellationToken)
    {
        if (!(await keys.GetAsync(id, context.GetCaller(), cancellationToken)).Succeeded(out _, out var unreachable))
        {
            return unreachable.ToResult();
        }

        return UsageQuery.TryReadRange(context.Request.Query, reports, out var range, out var problem)
            ? TypedResults.Ok(UsageAnswer.Of(await reports.ForKeyAsync(id, range, cancellationToken)))
            : problem.ToResult();
    }

    private static async Task<IResult> ExportAsync(
        string id, HttpContext context, ApiKeyService keys, UsageReports reports, UsageExport export, AuditLog audit, CancellationToken cancellationToken)
        => (await keys.GetAsync(id, context.GetCaller(), cancellationToken)).Succeeded(out var key, out var unreachable)
            ? await SendAsync(UsageScope.OfKey(key.Id, key.Name), context.GetCaller(), context, reports, export, audit, allowZone: false)
            : unreachable.ToResult();

    private static async Task<IResult> DownloadAsync(
        string id, HttpContext context, UserService users, ApiKeyService keys, UsageReports reports, UsageExport export, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await users.FindCallerAsync(context.User, cancellationToken) is not { } caller)
        {
            return SignedOut.ToResult();
        }

        return (await keys.GetAsync(id, caller, cancellationToken)).Succeeded(out var key, out var unreachable)
            ? await SendAsync(UsageScope.OfKey(key.Id, key.Name), caller, context, reports, export, audit, allowZone: true)
            : unreachable.ToResult();
    }

    private static async Task<IResult> DownloadWorkspaceAsync(
        HttpContext context, UserService users, UsageReports reports, UsageExport export, AuditLog audit, CancellationToken cancellationToken)
        => await users.FindCallerAsync(context.User, cancellationToken) is { } caller
            ? await SendAsync(UsageScope.Workspace(caller.OnlyOf), caller, context, reports, export, audit, allowZone: true)
            : SignedOut.ToResult();

    private static Failure SignedOut => Failure.Forbidden("You are no longer signed in. Sign in again.");

    /// <summary>Every export begins here, of a key and of the workspace, for people and for programs; what is not recorded is not exported.</summary>
    private static async Task<IResult> SendAsync(
        UsageScope scope, Caller caller, HttpContext context, UsageReports reports, UsageExport export, AuditLog audit, bool allowZone)
    {
        if (!UsageQuery.TryReadOrder(context.Request.Query, scope, reports, allowZone, out var order, out var problem))
        {
            return problem.ToResult();
        }

        await audit.RecordAsync(
            caller.Actor,
            scope.IsWorkspace ? "workspace.usage_exported" : "api_key.usage_exported",
            scope.KeyId ?? "workspace",
            scope.Name,
            new { format = order.Format == ExportFormat.Csv ? "csv" : "json", order.Range.From, order.Range.To, by = order.By },
            context.RequestAborted);
        return new ExportResult(export, order);
    }

    private sealed class ExportResult(UsageExport export, ExportOrder order) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status200OK;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var disposition = new Microsoft.Net.Http.Headers.ContentDispositionHeaderValue("attachment");
            disposition.SetHttpFileName(UsageExport.FileName(order));
            httpContext.Response.Headers.ContentDisposition = disposition.ToString();
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.ContentType = UsageExport.ContentType(order.Format);
            try
            {
                await export.WriteAsync(httpContext.Response.Body, order, httpContext.RequestAborted);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException && httpContext.RequestAborted.IsCancellationRequested)
            {
                // The client has gone; there is nobody to answer.
            }
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
