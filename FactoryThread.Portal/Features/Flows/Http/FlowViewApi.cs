using System.Globalization;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>What any key may read: flow definitions and executions, of the selected flows only if it has such.</summary>
internal sealed class FlowViewApi(FlowService flows, ExecutionHistory history)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.ServiceProvider.GetRequiredService<FlowViewApi>();
        var group = routes.MapGroup("").RequireKey(KeyAction.View);
        group.MapGet("/flows", (Delegate)((HttpContext context) => api.FlowsAsync(context)));
        group.MapGet("/flows/{flowId}", (string flowId, HttpContext context) => api.FlowAsync(flowId, context));
        group.MapGet("/flows/{flowId}/executions", (string flowId, HttpContext context) => api.ExecutionsAsync(context, [flowId]));
        group.MapGet("/executions", (Delegate)((HttpContext context) => api.ExecutionsAsync(context, Visible(context.GetCallingKey()))));
        group.MapGet("/executions/{id}", (string id, HttpContext context) => api.ExecutionAsync(id, context));
    }

    private static IReadOnlyCollection<string>? Visible(KeySnapshot key) => key.Permission == KeyPermission.SpecificFlows ? [.. key.Flows] : null;

    private async Task<IResult> FlowsAsync(HttpContext context)
    {
        if (!ListRequest.TryRead(context, out var list, out var problem))
        {
            return problem!.ToResult();
        }

        var visible = Visible(context.GetCallingKey());
        var all = (await flows.ListAsync(context.RequestAborted)).Where(f => visible is null || visible.Contains(f.Id));
        return Results.Json(list.PageOf(all, f => f.Id, FlowAnswer.Of));
    }

    private async Task<IResult> FlowAsync(string flowId, HttpContext context)
        => (await flows.GetAsync(flowId, context.RequestAborted)).Succeeded(out var flow, out var failure)
            ? Results.Json(FlowAnswer.Of(flow))
            : failure.ToResult();

    private async Task<IResult> ExecutionsAsync(HttpContext context, IReadOnlyCollection<string>? flowIds)
    {
        if (!ListRequest.TryRead(context, out var list, out var problem))
        {
            return problem!.ToResult();
        }

        long? before = null;
        if (list.Cursor is not null)
        {
            if (!long.TryParse(list.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                return ListRequest.BadCursor.ToResult();
            }

            before = id;
        }

        Outcome? outcome = null;
        switch (context.Request.Query["status"].ToString())
        {
            case "":
                break;
            case "succeeded":
                outcome = Outcome.Succeeded;
                break;
            case "failed":
                outcome = Outcome.Failed;
                break;
            default:
                return Problems.BadRequest("'status' is succeeded or failed.", "status").ToResult();
        }

        var page = await history.ListAsync(
            new ExecutionQuery { FlowIds = flowIds, Outcome = outcome, BeforeId = before, Take = list.Limit }, context.GetCaller(), context.RequestAborted);
        return Results.Json(new ListAnswer<ExecutionAnswerBody>(
            [.. page.Items.Select(ExecutionAnswerBody.Of)], page.Next?.ToString(CultureInfo.InvariantCulture)));
    }

    private async Task<IResult> ExecutionAsync(string id, HttpContext context)
    {
        var query = new ExecutionQuery { ExecutionId = id, FlowIds = Visible(context.GetCallingKey()), Take = 1 };
        return (await history.ListAsync(query, context.GetCaller(), context.RequestAborted)).Items is [var execution]
            ? Results.Json(ExecutionAnswerBody.Of(execution))
            : Problems.NotFound("There is no such execution, or it is not of a flow that this key may see.").ToResult();
    }
}
