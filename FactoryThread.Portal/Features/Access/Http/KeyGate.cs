using System.Data.Common;
using System.Globalization;
using System.Net;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Access.Http;

/// <summary>A request that has been judged.</summary>
public sealed class KeyCall(Verdict verdict, string? flowId, string route, long started)
{
    public Verdict Verdict { get; } = verdict;

    public bool Admitted => Verdict.Admitted;

    /// <summary>The calling key; not null when admitted.</summary>
    public KeySnapshot? Key => Verdict.Key;

    /// <summary>The flow the request names, as the caller wrote it; empty if it asked by a route that no flow has.</summary>
    public string? FlowId { get; } = flowId;

    /// <summary>Method and pattern of the route.</summary>
    public string Route { get; } = route;

    internal long Started { get; } = started;
}

/// <summary>The door for HTTP endpoints: reads the key of a request, has it judged, answers refusals, records calls.</summary>
public sealed class KeyGate(
    ApiKeyVerifier verifier, UsageRecorder recorder, KeyLimits limits, FlowCatalog catalog, TimeProvider time, IOptions<PortalOptions> portal)
{
    private const int StoreRetrySeconds = 2;
    private const long ExpiryNoticeMilliseconds = 7L * 24 * 3600 * 1000;

    /// <summary>Judges the request's key. An admitted call has been counted against the limits and its answer carries the limit headers.</summary>
    /// <param name="route">Method and route pattern for the log, such as <c>POST /flows/{flowId}/execute</c>; never the caller's text.</param>
    public async ValueTask<KeyCall> AdmitAsync(HttpContext context, KeyAction action, string? flowId, string route)
    {
        var started = time.GetTimestamp();
        var presented = PresentedKey.Of(context.Request);
        var verdict = await verifier.JudgeAsync(new AccessRequest(presented, action, flowId, Address(context)));
        if (presented.InUrl)
        {
            context.Response.Headers.CacheControl = "private";
            context.Response.Headers["X-Key-Warning"] = "key-in-url";
        }

        if (verdict is { Limits: null, KeyIsValid: true })
        {
            verdict = verifier.WithLimits(verdict);
        }

        WriteLimits(context.Response, verdict);
        return new KeyCall(verdict, flowId, route, started);
    }

    /// <summary>Records the refusal and writes its problem answer.</summary>
    public async ValueTask RefuseAsync(HttpContext context, KeyCall call)
    {
        if (call.Key is not null && !await TryRecordRefusalAsync(context, call, call.Verdict.Code.Answer()))
        {
            await WriteRefusalAsync(context, call.Verdict with { Code = VerdictCode.StoreUnavailable });
            return;
        }

        await WriteRefusalAsync(context, call.Verdict);
    }

    /// <summary>
    /// Commits the record of an admitted call; to be awaited before the answer is sent. False if that was impossible: the answer is then
    /// already written (503), the call has not counted, and the caller returns.
    /// </summary>
    /// <param name="code"><c>valid_key</c>, or a constant that says what failed.</param>
    /// <param name="error">Why an execution failed, in a sentence.</param>
    public async ValueTask<bool> RecordAsync(
        HttpContext context, KeyCall call, Outcome outcome, int status, string? executionId = null, string code = "valid_key", string? error = null)
    {
        try
        {
            await recorder.RecordAsync(Record(context, call, await KnownFlowAsync(call.FlowId), outcome, status, executionId, code, error));
            return true;
        }
        catch (Exception exception) when (IsStoreFault(exception))
        {
            limits.Refund(call.Key!.Id, call.Verdict.At);
            await WriteRefusalAsync(context, call.Verdict with { Code = VerdictCode.StoreUnavailable });
            return false;
        }
    }

    /// <summary>Records, if it can be, that an admitted call came to nothing because the store failed; it is answered 503 and has not counted.</summary>
    public async ValueTask RecordStoreFaultAsync(HttpContext context, KeyCall call)
    {
        limits.Refund(call.Key!.Id, call.Verdict.At);
        var uncounted = new KeyCall(call.Verdict with { Counted = false }, call.FlowId, call.Route, call.Started);
        await TryRecordRefusalAsync(context, uncounted, VerdictCode.StoreUnavailable.Answer());
    }

    /// <summary>The client's address; an IPv4 client on an IPv6 socket counts as IPv4.</summary>
    public static IPAddress? Address(HttpContext context)
        => context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;

    /// <summary>Sets the limit headers (draft-ietf-httpapi-ratelimit-headers) and the notice of a near expiry.</summary>
    internal static void WriteLimits(HttpResponse response, Verdict verdict)
    {
        // Of a valid key only: whether this request passed or not, the key's limits are news to its holder.
        if (verdict is not { Key: { } key, Limits: { } left } || !verdict.KeyIsValid)
        {
            return;
        }

        response.Headers["RateLimit-Policy"] = key.RateLimitPolicy;
        response.Headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"minute\";r={left.MinuteRemaining};t={left.MinuteReset}, \"day\";r={left.DayRemaining};t={left.DayReset}");
        var ends = Math.Min(key.ExpiresFrom, key.ReplacedFrom);
        if (key.ReplacedFrom != long.MaxValue || (ends != long.MaxValue && ends - verdict.At <= ExpiryNoticeMilliseconds))
        {
            response.Headers["X-Key-Expires-At"] =
                DateTimeOffset.FromUnixTimeMilliseconds(ends).ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
        }
    }

    internal Task WriteRefusalAsync(HttpContext context, Verdict verdict)
    {
        var answer = verdict.Code.Answer();
        if (answer.Challenge is not null)
        {
            context.Response.Headers.WWWAuthenticate = answer.Challenge;
        }

        if (verdict.Code == VerdictCode.StoreUnavailable || answer.Policy is not null)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, verdict.Code == VerdictCode.StoreUnavailable ? StoreRetrySeconds : verdict.RetryAfter)
                .ToString(CultureInfo.InvariantCulture);
        }

        return Problems.WriteAsync(context, new Problem
        {
            Status = answer.Status,
            Title = answer.Title,
            Code = answer.Code,
            Detail = answer.Policy is "minute" or "day" ? $"{answer.Detail} For a higher limit contact {portal.Value.SupportContact}." : answer.Detail,
            ViolatedPolicies = answer.Policy is null ? null : [answer.Policy],
        }, portal.Value);
    }

    /// <summary>The id of a flow that exists: a caller's invention must not become a line in a report.</summary>
    internal async ValueTask<string?> KnownFlowAsync(string? flowId)
        => flowId is null ? null : (await catalog.CurrentAsync(CancellationToken.None)).Find(flowId)?.Id;

    /// <summary>The record could not be committed, or what belongs in it not be read.</summary>
    internal static bool IsStoreFault(Exception exception) => exception is UsageUnavailableException or DbException;

    private async ValueTask<bool> TryRecordRefusalAsync(HttpContext context, KeyCall call, VerdictAnswer answer)
    {
        try
        {
            await recorder.RecordAsync(
                Record(context, call, await KnownFlowAsync(call.FlowId), Outcome.Refused, answer.Status, null, answer.Code, null));
            return true;
        }
        catch (Exception exception) when (IsStoreFault(exception))
        {
            return false;
        }
    }

    private RequestRecord Record(
        HttpContext context, KeyCall call, string? flow, Outcome outcome, int status, string? executionId, string code, string? error) => new()
        {
            At = call.Verdict.At,
            KeyId = call.Key!.Id,
            SecretId = call.Key.SecretId,
            FlowId = flow,
            Route = call.Route,
            Outcome = outcome,
            Code = code,
            Status = status,
            DurationMicros = (long)time.GetElapsedTime(call.Started).TotalMicroseconds,
            Address = Address(context)?.ToString(),
            UserAgent = context.Request.Headers.UserAgent.ToString(),
            RequestId = context.TraceIdentifier,
            ExecutionId = executionId,
            Error = error ?? (flow is null ? UnknownFlow.Describe(call.FlowId, context.Request) : null),
            Counted = call.Verdict.Counted,
            Test = call.Key.Environment == ApiKeys.Model.KeyEnvironment.Test,
        };
}
