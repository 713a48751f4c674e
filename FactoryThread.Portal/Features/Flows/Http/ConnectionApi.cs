using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>The management API for connections, <c>/v1/connections</c>: for full-access keys whose owner is an administrator now.</summary>
internal sealed class ConnectionApi(ConnectionService connections)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.ServiceProvider.GetRequiredService<ConnectionApi>();
        var group = routes.MapGroup("/v1/connections").RequireKey(KeyAction.ManageConnections);
        group.MapGet("", (Delegate)((HttpContext context) => api.ListAsync(context)));
        group.MapPost("", (Delegate)((HttpContext context) => api.CreateAsync(context)));
        group.MapGet("/{id}", (string id, HttpContext context) => api.GetAsync(id, context));
        group.MapPatch("/{id}", (string id, HttpContext context) => api.PatchAsync(id, context));
        group.MapDelete("/{id}", (string id, HttpContext context) => api.DeleteAsync(id, context));
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        if (!ListRequest.TryRead(context, out var list, out var problem))
        {
            return problem!.ToResult();
        }

        return (await connections.ListAsync(context.GetCaller(), context.RequestAborted)).Succeeded(out var all, out var failure)
            ? Results.Json(list.PageOf(all, c => c.Id, ConnectionAnswer.Of))
            : failure.ToResult();
    }

    private async Task<IResult> GetAsync(string id, HttpContext context)
        => Answer(await connections.GetAsync(id, context.GetCaller(), context.RequestAborted));

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<ConnectionBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        var settings = body.Over(new ConnectionSettings { Name = "", BaseAddress = "" });
        if (!(await connections.CreateAsync(settings, context.GetCaller(), context.RequestAborted)).Succeeded(out var connection, out var failure))
        {
            return failure.ToResult();
        }

        context.Response.Headers.Location = $"/v1/connections/{connection.Id}";
        return Results.Json(ConnectionAnswer.Of(connection), statusCode: StatusCodes.Status201Created);
    }

    private async Task<IResult> PatchAsync(string id, HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<ConnectionBody>(context);
        return body is null
            ? problem!.ToResult()
            : Answer(await connections.UpdateAsync(id, body.Over, context.GetCaller(), context.RequestAborted));
    }

    private async Task<IResult> DeleteAsync(string id, HttpContext context)
        => (await connections.DeleteAsync(id, context.GetCaller(), context.RequestAborted)).Succeeded(out _, out var failure)
            ? TypedResults.NoContent()
            : failure.ToResult();

    private static IResult Answer(Result<ConnectionView> result)
        => result.Succeeded(out var connection, out var failure) ? Results.Json(ConnectionAnswer.Of(connection)) : failure.ToResult();
}
