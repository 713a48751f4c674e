using System.Buffers.Text;
using System.Globalization;
using System.Text;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.ApiKeys.Http;

/// <summary>The management API for keys, <c>/v1/keys</c>: what the screens do, for programs with a full-access key.</summary>
internal sealed class KeyManagementApi(ApiKeyService keys, IDbContextFactory<PortalDbContext> contexts, IOptions<KeyLimitDefaults> defaults)
{
    private const string EnvironmentWords = "An environment is live or test.";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.ServiceProvider.GetRequiredService<KeyManagementApi>();
        var group = routes.MapGroup("/v1/keys").RequireKey(KeyAction.Manage);
        group.MapPost("", (Delegate)api.CreateAsync);
        group.MapGet("", (Delegate)api.ListAsync);
        group.MapGet("/{id}", (string id, HttpContext context) => api.GetAsync(id, context));
        group.MapPatch("/{id}", (string id, HttpContext context) => api.UpdateAsync(id, context));
        group.MapPost("/{id}/regenerate", (string id, HttpContext context) => api.RegenerateAsync(id, context));
        group.MapPost("/{id}/retire-previous", (string id, HttpContext context) => api.RetirePreviousAsync(id, context));
        group.MapPost("/{id}/revoke", (string id, HttpContext context) => api.RevokeAsync(id, context));
        group.MapDelete("/{id}", (string id, HttpContext context) => api.DeleteAsync(id, context));

        // Not management: any key may do it, whose settings allow it.
        routes.MapPost("/v1/keys/self/regenerate", (Delegate)api.RegenerateSelfAsync).RequireKey(KeyAction.Self);
    }

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<KeyBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        if (!KeyBody.TryWord<KeyEnvironment>(body.Environment, KeyTraits.Code, out var environment))
        {
            return Failure.Invalid("environment", EnvironmentWords).ToResult();
        }

        if (body.Permission is null)
        {
            return Failure.Invalid("permission", "A permission is full_access, specific_flows or read_only.").ToResult();
        }

        if (!body.Over(new ApiKeySettings { Name = "" }).Succeeded(out var settings, out var failure))
        {
            return failure.ToResult();
        }

        string? ownerId = null;
        if (body.Owner is not null)
        {
            await using var db = await contexts.CreateDbContextAsync(context.RequestAborted);
            var email = body.Owner.Trim().ToUpperInvariant();
            ownerId = await db.Users.Where(u => u.NormalizedEmail == email).Select(u => u.Id).SingleOrDefaultAsync(context.RequestAborted);
            if (ownerId is null)
            {
                return Failure.Invalid("owner", "There is no user with this e-mail address.").ToResult();
            }
        }

        return (await keys.CreateAsync(new NewApiKey(settings, environment, ownerId), context.GetCaller(), context.RequestAborted))
            .Succeeded(out var revealed, out failure)
            ? Reveal(context, revealed, StatusCodes.Status201Created)
            : failure.ToResult();
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!TryLimit(query["limit"], out var limit))
        {
            return Problems.BadRequest("'limit' is 1 to 200.", "limit").ToResult();
        }

        if (!TryCursor(query["cursor"], out var after))
        {
            return Problems.BadRequest("'cursor' is the value of 'next' from the page before.", "cursor").ToResult();
        }

        if (!TryFilter<KeyStatus>(query["status"], KeyTraits.Code, out var status))
        {
            return Problems.BadRequest("'status' is active, expired, revoked or deleted.", "status").ToResult();
        }

        if (!TryFilter<KeyEnvironment>(query["environment"], KeyTraits.Code, out var environment))
        {
            return Problems.BadRequest("'environment' is live or test.", "environment").ToResult();
        }

        var wanted = new ApiKeyQuery { Search = query["search"], Status = status, Environment = environment, After = after, Take = limit };
        var page = await keys.ListAsync(wanted, context.GetCaller(), context.RequestAborted);
        var items = await keys.DetailsAsync(page.Items, context.RequestAborted);
        var next = page.Items.Count == limit ? Cursor(page.Items[^1]) : null;
        return Results.Json(new ListAnswer<KeyAnswer>([.. items.Select(k => KeyAnswer.Of(k, defaults.Value))], next));
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
        => Answer(await keys.GetAsync(id, context.GetCaller(), context.RequestAborted));

    private async Task<IResult> UpdateAsync(string id, HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<KeyBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        if (body.Environment is not null || body.Owner is not null)
        {
            var field = body.Environment is not null ? "environment" : "owner";
            return Failure.Invalid(field, $"The {field} of a key cannot be changed here.").ToResult();
        }

        var caller = context.GetCaller();
        return !(await keys.GetAsync(id, caller, context.RequestAborted)).Succeeded(out var key, out var failure)
            || !body.Over(key.Settings).Succeeded(out var settings, out failure)
            ? failure.ToResult()
            : Answer(await keys.UpdateAsync(id, settings, caller, context.RequestAborted, key.Version));
    }

    private Task<IResult> RegenerateSelfAsync(HttpContext context) => RegenerateAsync(null, context);

    /// <param name="id">Null for the calling key itself.</param>
    private async Task<IResult> RegenerateAsync(string? id, HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<RegenerateBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        var overlap = TimeSpan.Zero;
        if (body.Overlap is not null && !KeyOverlap.TryParse(body.Overlap, out overlap))
        {
            return Failure.Invalid("overlap", "An overlap is written [d.]hh:mm:ss: an hour is 01:00:00, a day 1.00:00:00.").ToResult();
        }

        var regenerated = id is null
            ? await keys.RegenerateSelfAsync(context.GetCaller(), context.RequestAborted, overlap)
            : await keys.RegenerateAsync(id, context.GetCaller(), context.RequestAborted, overlap);
        return regenerated.Succeeded(out var revealed, out var failure)
            ? Reveal(context, revealed, StatusCodes.Status200OK)
            : failure.ToResult();
    }

    private async Task<IResult> RetirePreviousAsync(string id, HttpContext context)
        => (await keys.RetirePreviousAsync(id, context.GetCaller(), context.RequestAborted)).Succeeded(out _, out var failure)
            ? TypedResults.NoContent()
            : failure.ToResult();

    private async Task<IResult> RevokeAsync(string id, HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<RevokeBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        return (await keys.RevokeAsync(id, body.Reason, context.GetCaller(), context.RequestAborted)).Succeeded(out var revocation, out var failure)
            ? Results.Json(new { id = revocation.Id, revokedAt = revocation.RevokedAt.UtcDateTime })
            : failure.ToResult();
    }

    private async Task<IResult> DeleteAsync(string id, HttpContext context)
        => (await keys.DeleteAsync(id, context.GetCaller(), context.RequestAborted)).Succeeded(out _, out var failure)
            ? TypedResults.NoContent()
            : failure.ToResult();

    private IResult Answer(Result<ApiKeyDetails> result)
        => result.Succeeded(out var key, out var failure) ? Results.Json(KeyAnswer.Of(key, defaults.Value)) : failure.ToResult();

    private IResult Reveal(HttpContext context, RevealedKey revealed, int status)
    {
        if (status == StatusCodes.Status201Created)
        {
            context.Response.Headers.Location = $"/v1/keys/{revealed.Key.Id}";
        }

        return Results.Json(KeyAnswer.Revealing(revealed, defaults.Value), statusCode: status);
    }

    private static bool TryFilter<T>(string? word, Func<T, string> code, out T? value)
        where T : struct, Enum
    {
        value = KeyBody.TryWord(word, code, out var parsed) ? parsed : null;
        return string.IsNullOrEmpty(word) || value is not null;
    }

    private static bool TryLimit(string? text, out int limit)
    {
        limit = 50;
        return string.IsNullOrEmpty(text)
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= 200);
    }

    private static string Cursor(ApiKeySummary last)
        => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.CreatedAt.ToUnixTimeMilliseconds()}.{last.Id}")));

    private static bool TryCursor(string? text, out (DateTimeOffset CreatedAt, string Id)? after)
    {
        after = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (text.Length > 200 || !Base64Url.IsValid(text))
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('.', 2);
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return false;
        }

        after = (DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), parts[1]);
        return true;
    }
}
