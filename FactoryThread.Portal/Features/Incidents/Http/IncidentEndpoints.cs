using System.Text;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FactoryThread.Portal.Features.Incidents.Http;

/// <summary>Reporting a key as compromised for programs, and the downloads of the portal.</summary>
internal static class IncidentEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/keys/{id}/report-compromised", ReportAsync).RequireKey(KeyAction.Manage);
        routes.MapGet("/settings/api-keys/{id}/incident/report", DownloadAsync).RequireAuthorization();
        routes.MapGet("/settings/leaks/gitleaks.toml", () => File("gitleaks.toml", "application/toml", SecretPatterns.Gitleaks)).RequireAuthorization();
    }

    private static async Task<IResult> ReportAsync(string id, HttpContext context, IncidentService incidents, TimeProvider time)
    {
        var (body, problem) = await JsonBody.ReadAsync<ReportBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        var caller = context.GetCaller();
        var wish = new CompromiseWish(body.Since ?? time.GetUtcNow(), body.Note, body.Replace ?? true);
        if (!(await incidents.ReportAsync(id, wish, caller, context.RequestAborted)).Succeeded(out var outcome, out var failure)
            || !(await incidents.ReportOfAsync(id, caller, CancellationToken.None)).Succeeded(out var report, out failure))
        {
            return failure.ToResult();
        }

        return Results.Json(new
        {
            id = outcome.Revocation.Id,
            revokedAt = outcome.Revocation.RevokedAt.UtcDateTime,
            replacement = outcome.Replacement is { } made ? new { id = made.Key.Id, hint = made.Token.Hint, key = made.Token.Reveal() } : null,
            noReplacement = outcome.NoReplacement,
            incident = IncidentText.Element(report),
        });
    }

    private static async Task<IResult> DownloadAsync(
        string id, HttpContext context, UserService users, IncidentService incidents, CancellationToken cancellationToken)
    {
        if (await users.FindCallerAsync(context.User, cancellationToken) is not { } caller)
        {
            return Failure.Forbidden("You are no longer signed in. Sign in again.").ToResult();
        }

        var format = context.Request.Query["format"].ToString();
        if (format is not ("md" or "json"))
        {
            return Problems.BadRequest("'format' must be md or json.", "format").ToResult();
        }

        if (!(await incidents.ReportOfAsync(id, caller, cancellationToken)).Succeeded(out var report, out var failure))
        {
            return failure.ToResult();
        }

        await incidents.RecordExportAsync(report, format, caller, cancellationToken);
        context.Response.Headers.CacheControl = "no-store";
        return format == "md"
            ? File($"incident-{id}.md", "text/markdown; charset=utf-8", IncidentText.Markdown(report))
            : File($"incident-{id}.json", "application/json; charset=utf-8", IncidentText.Json(report));
    }

    private static FileContentHttpResult File(string name, string type, string content) => TypedResults.File(Encoding.UTF8.GetBytes(content), type, name);

    /// <param name="Since">Since when others may have had the key; now, if absent.</param>
    /// <param name="Replace">Make a new key with the same settings; true if absent.</param>
    private sealed record ReportBody(DateTimeOffset? Since, string? Note, bool? Replace);
}
