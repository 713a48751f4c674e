using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>The management API for flows, <c>/v1/flows</c>: what the screens do, for programs with a full-access key.</summary>
internal sealed class FlowManagementApi(FlowService flows)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.ServiceProvider.GetRequiredService<FlowManagementApi>();
        var group = routes.MapGroup("/v1/flows").RequireKey(KeyAction.Manage);
        group.MapGet("", (Delegate)((HttpContext context) => api.ListAsync(context)));
        group.MapPost("", (Delegate)((HttpContext context) => api.CreateAsync(context)));
        group.MapGet("/{id}", (string id, HttpContext context) => api.GetAsync(id, context));
        group.MapPut("/{id}", (string id, HttpContext context) => api.PutAsync(id, context));
        group.MapPatch("/{id}", (string id, HttpContext context) => api.PatchAsync(id, context));
        group.MapPost("/{id}/publish", (string id, HttpContext context) => api.PublishAsync(id, true, context));
        group.MapPost("/{id}/unpublish", (string id, HttpContext context) => api.PublishAsync(id, false, context));
    }

    private async Task<IResult> ListAsync(HttpContext context)
        => ListRequest.TryRead(context, out var list, out var problem)
            ? Results.Json(list.PageOf(await flows.ListAsync(context.RequestAborted), f => f.Id, ManagedFlowAnswer.Of))
            : problem!.ToResult();

    private async Task<IResult> GetAsync(string id, HttpContext context)
        => Answer(await flows.GetAsync(id, context.RequestAborted));

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<FlowBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        if (!body.Read().Succeeded(out var change, out var failure))
        {
            return failure.ToResult();
        }

        return (await flows.CreateAsync(body.Id ?? "", change(Empty), context.GetCaller(), context.RequestAborted)).Succeeded(out var flow, out failure)
            ? Created(context, flow)
            : failure.ToResult();
    }

    private async Task<IResult> PutAsync(string id, HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<FlowBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        if (WrongId(body, id) is { } wrong)
        {
            return wrong.ToResult();
        }

        if (!body.Read().Succeeded(out var change, out var failure))
        {
            return failure.ToResult();
        }

        var existed = (await flows.GetAsync(id, context.RequestAborted)).Failure is null;
        return (await flows.PutAsync(id, change(Empty), context.GetCaller(), context.RequestAborted)).Succeeded(out var flow, out failure)
            ? existed ? Results.Json(ManagedFlowAnswer.Of(flow)) : Created(context, flow)
            : failure.ToResult();
    }

    private async Task<IResult> PatchAsync(string id, HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync<FlowBody>(context);
        if (body is null)
        {
            return problem!.ToResult();
        }

        if (WrongId(body, id) is { } wrong)
        {
            return wrong.ToResult();
        }

        return body.Read().Succeeded(out var change, out var failure)
            ? Answer(await flows.UpdateAsync(id, change, context.GetCaller(), context.RequestAborted))
            : failure.ToResult();
    }

    private async Task<IResult> PublishAsync(string id, bool published, HttpContext context)
        => Answer(await flows.PublishAsync(id, published, context.GetCaller(), context.RequestAborted));

    private static FlowSettings Empty => new() { Name = "" };

    private static Failure? WrongId(FlowBody body, string id)
        => body.Id is { } other && other != id ? Failure.Invalid("id", "The id of a flow cannot be changed.") : null;

    private static IResult Created(HttpContext context, Flow flow)
    {
        context.Response.Headers.Location = $"/v1/flows/{flow.Id}";
        return Results.Json(ManagedFlowAnswer.Of(flow), statusCode: StatusCodes.Status201Created);
    }

    private static IResult Answer(Result<Flow> result)
        => result.Succeeded(out var flow, out var failure) ? Results.Json(ManagedFlowAnswer.Of(flow)) : failure.ToResult();
}
