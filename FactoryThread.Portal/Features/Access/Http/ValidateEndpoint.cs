using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Access.Http;

/// <summary><c>POST /v1/keys/validate</c>: the verdict as JSON, for programs that have their own gateway.</summary>
public sealed partial class ValidateEndpoint(
    ApiKeyVerifier verifier, UsageRecorder recorder, KeyLimits limits, KeyGate gate, TimeProvider time, IOptions<PortalOptions> portal)
{
    public const string Path = "/v1/keys/validate";

    private const string Route = "POST " + Path;

    /// <summary>Bytes a body may have: it holds one key and a few words.</summary>
    private const int MaxBody = 16 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        // One method, not a guard around another: each would be an object of its own while the commit is awaited.
        try
        {
            var started = time.GetTimestamp();
            var request = Question.Empty;
            if (HasBody(context.Request))
            {
                var (question, problem) = await ReadAsync(context);
                if (question is null)
                {
                    await Problems.WriteAsync(context, problem!);
                    return;
                }

                request = question;
            }

            var presented = PresentedKey.Of(context.Request);
            if (request.Key is not null)
            {
                presented = presented.Fault == VerdictCode.MissingKey
                    ? PresentedKey.OfValue(request.Key, inUrl: false)
                    : presented with { Fault = VerdictCode.AmbiguousKey };
            }

            var connection = KeyGate.Address(context);
            var address = request.Address is not null && connection is not null && (IPAddress.IsLoopback(connection) || portal.Value.IsKnownProxy(connection))
                ? request.Address
                : connection;
            var action = request.Action ?? (request.FlowId is null ? KeyAction.Self : KeyAction.Execute);
            var verdict = await verifier.JudgeAsync(new AccessRequest(presented, action, request.FlowId, address, request.Consume));
            if (verdict is { Key.Deleted: false, Limits: null })
            {
                verdict = verifier.WithLimits(verdict);
            }

            if (verdict is { Key: not null, Code: not VerdictCode.StoreUnavailable })
            {
                try
                {
                    await recorder.RecordAsync(Record(context, verdict, request.FlowId, await gate.KnownFlowAsync(request.FlowId), address, started));
                }
                catch (Exception exception) when (KeyGate.IsStoreFault(exception))
                {
                    if (verdict.Counted)
                    {
                        limits.Refund(verdict.Key.Id, verdict.At);
                    }

                    verdict = verdict with { Code = VerdictCode.StoreUnavailable };
                }
            }

            if (verdict.Code == VerdictCode.StoreUnavailable)
            {
                await gate.WriteRefusalAsync(context, verdict);
                return;
            }

            KeyGate.WriteLimits(context.Response, verdict);
            Write(context.Response, verdict);
        }
        catch (Exception exception) when (ErrorAnswers.CanAnswer(context, exception))
        {
            await ErrorAnswers.AnswerAsync(context, exception);
        }
    }

    /// <remarks>HTTP/1.1 says it by a header (RFC 9112, section 6.3), which spares each answer the look-up of a feature.</remarks>
    private static bool HasBody(HttpRequest request) => request.ContentLength is { } length
        ? length > 0
        : request.Headers.TransferEncoding.Count > 0
            || (!HttpProtocol.IsHttp11(request.Protocol) && request.HttpContext.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody);

    private RequestRecord Record(HttpContext context, Verdict verdict, string? asked, string? flow, IPAddress? address, long started) => new()
    {
        At = verdict.At,
        KeyId = verdict.Key!.Id,
        SecretId = verdict.Key.SecretId,
        FlowId = flow,
        Route = Route,
        Outcome = verdict.Admitted ? Outcome.Succeeded : Outcome.Refused,
        Code = verdict.Code.Answer().Code,
        Status = StatusCodes.Status200OK,
        DurationMicros = (long)time.GetElapsedTime(started).TotalMicroseconds,
        Address = address?.ToString(),
        UserAgent = context.Request.Headers.UserAgent.ToString(),
        RequestId = context.TraceIdentifier,
        Error = flow is null ? UnknownFlow.Describe(asked, context.Request) : null,
        Counted = verdict.Counted,
        Test = verdict.Key.Environment == KeyEnvironment.Test,
    };

    private static async ValueTask<(Question? Question, Problem? Problem)> ReadAsync(HttpContext context)
    {
        OversizeBody.Expect(context);
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > MaxBody)
            {
                reader.AdvanceTo(read.Buffer.End);
                await OversizeBody.DiscardAsync(reader, context.RequestAborted);
                return (null, OversizeBody.Problem("16 KB"));
            }

            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            var result = Parse(read.Buffer);
            reader.AdvanceTo(read.Buffer.End);
            return result;
        }
    }

    private static (Question? Question, Problem? Problem) Parse(ReadOnlySequence<byte> body)
    {
        if (body.IsEmpty)
        {
            return (Question.Empty, null);
        }

        try
        {
            var json = new Utf8JsonReader(body);
            if (JsonSerializer.Deserialize(ref json, QuestionJson.Default.Question) is not { } question)
            {
                return (null, Problems.BadRequest("The body must be a JSON object."));
            }

            while (json.Read())
            {
                return (null, Problems.BadRequest("The body must be one JSON object."));
            }

            if (question.ActionWord is not (null or "execute" or "view"))
            {
                return (null, Problems.BadRequest("'action' is \"execute\" or \"view\".", "action"));
            }

            return question.ClientAddress is not null && question.Address is null
                ? (null, Problems.BadRequest("'clientAddress' is an IPv4 or IPv6 address.", "clientAddress"))
                : (question, null);
        }
        catch (JsonException exception)
        {
            var field = exception.Path?.TrimStart('$').TrimStart('.');
            return (null, string.IsNullOrEmpty(field)
                ? Problems.BadRequest("The body is not JSON of this call's shape.")
                : Problems.BadRequest($"'{field}' is not a field of this call, or not of its type.", field));
        }
        catch (InvalidOperationException)
        {
            return (null, Problems.BadRequest("The body holds text that is not valid Unicode."));
        }
    }

    /// <remarks>Sent with the end of the request: it is shorter than what the server gathers anyway.</remarks>
    private static void Write(HttpResponse response, Verdict verdict)
    {
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        var length = VerdictJson.Write(verdict, response.BodyWriter.GetSpan(VerdictJson.MaxLength(verdict)));
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
    }

    /// <summary>The body of the call; every field may be absent.</summary>
    internal sealed record Question
    {
        public static Question Empty { get; } = new();

        // Setters, not init: generated code passes a missing init property as default, which would turn Consume off.
        public string? Key { get; set; }

        public string? FlowId { get; set; }

        [JsonPropertyName("action")]
        public string? ActionWord { get; set; }

        public bool Consume { get; set; } = true;

        public string? ClientAddress { get; set; }

        [JsonIgnore]
        public KeyAction? Action => ActionWord switch { "execute" => KeyAction.Execute, "view" => KeyAction.View, _ => null };

        [JsonIgnore]
        public IPAddress? Address => IPAddress.TryParse(ClientAddress, out var address) ? address : null;

        /// <summary>Without the key, whatever prints it.</summary>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"flow {FlowId}, action {ActionWord}, consume {Consume}");
    }

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(Question))]
    private sealed partial class QuestionJson : JsonSerializerContext;
}
