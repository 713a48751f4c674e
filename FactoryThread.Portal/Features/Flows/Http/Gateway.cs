using System.Collections.Frozen;
using System.Text.Json;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>
/// The two ways to run a flow: <c>POST /flows/{flowId}/execute</c> and the custom endpoints under <c>/api/</c>. Admit, read, run, record,
/// answer: in this order, and nothing is answered before it is recorded. It shares the portal's origin, so no answer may act there.
/// </summary>
internal sealed class Gateway(KeyGate gate, FlowCatalog catalog, TargetClient targets, TimeProvider time)
{
    public const string ExecutePattern = "/flows/{flowId}/execute";
    public const string CustomPrefix = "/api";
    public const string CustomPattern = CustomPrefix + "/{**route}";

    private const string ExecuteRoute = "POST " + ExecutePattern;
    private const string ExecutionIdHeader = "X-Execution-Id";

    // Asked for by a route that no flow has; never the id of a flow.
    private const string NoFlow = "";

    private static readonly FrozenDictionary<string, string> CustomRoutes = new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }
        .ToFrozenDictionary(method => method, method => $"{method} {CustomPattern}", StringComparer.OrdinalIgnoreCase);

    public async Task ExecuteAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            await Problems.WriteAsync(context, WrongMethod("Execute a flow with POST."));
            return;
        }

        var call = await gate.AdmitAsync(context, KeyAction.Execute, (string)context.Request.RouteValues["flowId"]!, ExecuteRoute);
        if (!call.Admitted)
        {
            await gate.RefuseAsync(context, call);
            return;
        }

        var body = await GatewayBody.ReadAsync(context);
        try
        {
            var (json, problem) = body.Problem is null ? body.AsJson(context.Request) : (default, body.Problem);
            if (problem is not null)
            {
                await FailAsync(context, call, problem);
                return;
            }

            var flows = await catalog.CurrentAsync(CancellationToken.None);
            if (flows.Find(call.FlowId!) is not { } flow)
            {
                await FailAsync(context, call, Removed);
                return;
            }

            var execution = Execution.Begin(flow.Id, call.Key!.Environment, time);
            var target = TargetFor(flow, execution.Environment);
            var (output, error) = target.IsEcho ? (json, null) : await RunAsync(flows, target, execution, json);
            if (error is not null)
            {
                await FailAsync(context, call, FlowFailed(execution.Id, error), execution.Id, error);
                return;
            }

            var duration = time.GetElapsedTime(execution.Timestamp);
            if (await gate.RecordAsync(context, call, Outcome.Succeeded, StatusCodes.Status200OK, execution.Id))
            {
                await ExecutionAnswer.WriteAsync(context, execution, duration, output);
            }
        }
        finally
        {
            body.Release();
        }
    }

    public async Task CustomAsync(HttpContext context)
    {
        Protect(context.Response);
        var flows = await catalog.CurrentAsync(CancellationToken.None);
        var flow = flows.FindByRoute(((string?)context.Request.RouteValues["route"] ?? "").TrimEnd('/'));
        var route = CustomRoutes.GetValueOrDefault(context.Request.Method, "ANY " + CustomPattern);
        var call = await gate.AdmitAsync(context, KeyAction.Execute, flow?.Id ?? NoFlow, route);
        if (!call.Admitted)
        {
            await gate.RefuseAsync(context, call);
            return;
        }

        if (flow is null || HttpMethods.IsTrace(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method))
        {
            await FailAsync(context, call, flow is null ? Removed : WrongMethod("A custom endpoint does not take this method."));
            return;
        }

        var body = await GatewayBody.ReadAsync(context);
        try
        {
            if (body.Problem is not null)
            {
                await FailAsync(context, call, body.Problem);
                return;
            }

            var execution = Execution.Begin(flow.Id, call.Key!.Environment, time);
            context.Response.Headers[ExecutionIdHeader] = execution.Id;
            var target = TargetFor(flow, execution.Environment);
            await (target.IsEcho ? EchoAsync(context, call, execution, body.Bytes) : PassAsync(context, call, execution, flows, target, body.Bytes));
        }
        finally
        {
            body.Release();
        }
    }

    /// <summary>Lets a caller's browser, if it is one, do nothing with what a target wrote but show it, and tell nobody the address, in which the key may stand.</summary>
    /// <remarks>The sandbox is not enough for the latter: what a style sheet loads has the sheet's address as its referrer, and a sheet may be the answer itself.</remarks>
    private static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "sandbox; base-uri 'none'; frame-ancestors 'none'";
        response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static FlowTarget TargetFor(Flow flow, KeyEnvironment environment) => environment == KeyEnvironment.Live ? flow.Live : flow.Test;

    private async Task<(ReadOnlyMemory<byte> Output, string? Error)> RunAsync(FlowSet flows, FlowTarget target, Execution execution, ReadOnlyMemory<byte> json)
    {
        // Not bound to the caller's connection: what has been sent to a target has happened, and its outcome is recorded.
        using var limit = new CancellationTokenSource(targets.Timeout, time);
        using var request = new HttpRequestMessage(HttpMethod.Post, (Uri?)null)
        {
            // A copy: a request that has timed out may go on reading it after this call has ended.
            Content = new ByteArrayContent(json.ToArray()) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.Accept.Add(new("application/json"));
        request.Headers.TryAddWithoutValidation(ExecutionIdHeader, execution.Id);
        var (response, error) = await targets.SendAsync(flows, target, request, "", limit.Token);
        if (response is null)
        {
            return (default, error);
        }

        using (response)
        {
            if (!response.IsSuccessStatusCode)
            {
                return (default, $"The target answered {(int)response.StatusCode}.");
            }

            try
            {
                return await FlowOutput.ReadAsync(response.Content, limit.Token);
            }
            catch (Exception exception) when (targets.Explain(exception) is { } reason)
            {
                return (default, reason);
            }
        }
    }

    /// <summary>The input is the body, or where there is none the query as a JSON object.</summary>
    private async Task EchoAsync(HttpContext context, KeyCall call, Execution execution, ReadOnlyMemory<byte> body)
    {
        var (output, contentType) = body.IsEmpty
            ? (JsonSerializer.SerializeToUtf8Bytes(ForwardedQuery.Values(context.Request.Query)), "application/json; charset=utf-8")
            : (body, context.Request.ContentType ?? "application/octet-stream");
        if (!await gate.RecordAsync(context, call, Outcome.Succeeded, StatusCodes.Status200OK, execution.Id))
        {
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = output.Length;
        if (!body.IsEmpty && context.Request.Headers.ContentEncoding is { Count: > 0 } encoding)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(output, context.RequestAborted);
        }
    }

    private async Task PassAsync(HttpContext context, KeyCall call, Execution execution, FlowSet flows, FlowTarget target, ReadOnlyMemory<byte> body)
    {
        var method = context.Request.Method;
        using var request = new HttpRequestMessage(new HttpMethod(method), (Uri?)null);
        if (!body.IsEmpty || HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsPatch(method))
        {
            request.Content = new ByteArrayContent(body.ToArray());
        }

        ForwardedHeaders.ToTarget(context.Request.Headers, request);
        request.Headers.TryAddWithoutValidation(ExecutionIdHeader, execution.Id);
        using var limit = new CancellationTokenSource(targets.Timeout, time);
        var (response, error) = await targets.SendAsync(flows, target, request, ForwardedQuery.WithoutKey(context.Request.QueryString), limit.Token);
        if (response is null)
        {
            await FailAsync(context, call, FlowFailed(execution.Id, error!), execution.Id, error);
            return;
        }

        using (response)
        {
            var status = (int)response.StatusCode;
            var recorded = status < 400
                ? await gate.RecordAsync(context, call, Outcome.Succeeded, status, execution.Id)
                : await gate.RecordAsync(context, call, Outcome.Failed, status, execution.Id, "flow_failed", $"The target answered {status}.");
            if (recorded)
            {
                await PassedAnswer.WriteAsync(context, response, targets.Timeout, time);
            }
        }
    }

    private async Task FailAsync(HttpContext context, KeyCall call, Problem problem, string? executionId = null, string? error = null)
    {
        if (await gate.RecordAsync(context, call, Outcome.Failed, problem.Status, executionId, problem.Code, error))
        {
            await Problems.WriteAsync(context, problem);
        }
    }

    private static Problem FlowFailed(string executionId, string reason)
        => new() { Status = StatusCodes.Status502BadGateway, Title = "The flow failed", Code = "flow_failed", Detail = reason, ExecutionId = executionId };

    private static Problem Removed => new() { Status = 404, Title = "No such flow", Code = "flow_not_found", Detail = "The flow was removed just now." };

    private static Problem WrongMethod(string detail) => new() { Status = 405, Title = "Method not allowed", Code = "method_not_allowed", Detail = detail };
}
