using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Platform;

/// <summary>The body of every error of the HTTP API (RFC 9457) with this product's members.</summary>
public sealed record Problem
{
    /// <summary>Where the help page explains the code; set when the problem is written.</summary>
    public string? Type { get; init; }

    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>Stable word for programs: <c>expired_key</c>, <c>invalid_field</c>, …</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong and what to do, for a person.</summary>
    public string? Detail { get; init; }

    /// <summary>The faulty field, in the spelling of the request.</summary>
    public string? Field { get; init; }

    /// <summary>The answer's <c>X-Request-Id</c>, to find it in the log.</summary>
    public string? TraceId { get; init; }

    /// <summary>Names of the limits that were exceeded (429 only).</summary>
    public IReadOnlyList<string>? ViolatedPolicies { get; init; }

    public string? ExecutionId { get; init; }
}

/// <summary>Writes <see cref="Problem"/>s.</summary>
public static partial class Problems
{
    public const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, Problem problem)
        => WriteAsync(context, problem, context.RequestServices.GetRequiredService<IOptions<PortalOptions>>().Value);

    /// <summary>For callers that have the options at hand: asking the request for them makes it a scope of services.</summary>
    public static Task WriteAsync(HttpContext context, Problem problem, PortalOptions options)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = ContentType;
        var address = PortalAddress.Of(options, context.Request);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            problem with { Type = $"{address}{PortalAddress.Help}#{problem.Code}", TraceId = context.TraceIdentifier }, ProblemJson.Default.Problem);
        context.Response.ContentLength = body.Length;
        // Too short to be worth breaking off; reading RequestAborted would make a token source for each.
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, CancellationToken.None).AsTask();
    }

    /// <summary>The problem of an expected failure.</summary>
    public static Problem From(Failure failure) => failure.Kind switch
    {
        FailureKind.NotFound => new() { Status = 404, Title = "Not found", Code = "not_found", Detail = failure.Message },
        FailureKind.Conflict => new() { Status = 409, Title = "Conflict", Code = "conflict", Detail = failure.Message, Field = failure.Field },
        FailureKind.Forbidden or FailureKind.Unconfirmed => new() { Status = 403, Title = "Permission denied", Code = "insufficient_permission", Detail = failure.Message },
        _ => new() { Status = 422, Title = "A field is not valid", Code = "invalid_field", Detail = failure.Message, Field = failure.Field },
    };

    public static Problem BadRequest(string detail, string? field = null)
        => new() { Status = 400, Title = "Bad request", Code = "invalid_request", Detail = detail, Field = field };

    public static Problem NotFound(string detail) => From(Failure.NotFound(detail));

    public static IResult ToResult(this Problem problem) => new ProblemResult(problem);

    public static IResult ToResult(this Failure failure) => From(failure).ToResult();

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Problem))]
    private sealed partial class ProblemJson : JsonSerializerContext;

    private sealed class ProblemResult(Problem problem) : IResult, IStatusCodeHttpResult, IValueHttpResult
    {
        public int? StatusCode => problem.Status;

        public object? Value => problem;

        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);
    }
}

/// <summary>Reads JSON bodies; a wrong body is a problem that names the place, never an exception.</summary>
public static class JsonBody
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>An empty body counts as <c>{}</c>. A field the type does not have, a wrong type, or bad JSON is 400; another content type is 415.</summary>
    public static async ValueTask<(T? Value, Problem? Problem)> ReadAsync<T>(HttpContext context)
        where T : class
    {
        var request = context.Request;
        try
        {
            OversizeBody.Expect(context);
            using var buffer = new MemoryStream();
            while (await request.BodyReader.ReadAsync(context.RequestAborted) is { } read)
            {
                foreach (var segment in read.Buffer)
                {
                    buffer.Write(segment.Span);
                }

                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (buffer.Length > PlatformSetup.MaxBodyBytes)
                {
                    await OversizeBody.DiscardAsync(request.BodyReader, context.RequestAborted);
                    return (null, OversizeBody.Problem("10 MB"));
                }

                if (read.IsCompleted)
                {
                    break;
                }
            }

            var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
            if (bytes.Span.ContainsAnyExcept(" \t\r\n"u8) && request.ContentType is { Length: > 0 } && !request.HasJsonContentType())
            {
                return (null, new Problem { Status = 415, Title = "Unsupported media type", Code = "invalid_request", Detail = "Send the body as application/json." });
            }

            if (!bytes.Span.ContainsAnyExcept(" \t\r\n"u8))
            {
                bytes = "{}"u8.ToArray();
            }

            return JsonSerializer.Deserialize<T>(bytes.Span, Options) is { } value
                ? (value, null)
                : (null, Problems.BadRequest("The body must be a JSON object."));
        }
        catch (JsonException exception)
        {
            var field = exception.Path?.TrimStart('$').TrimStart('.');
            return (null, Problems.BadRequest(
                string.IsNullOrEmpty(field) ? "The body is not the JSON object this call takes." : $"'{field}' is not a field of this call, or not of its type.",
                string.IsNullOrEmpty(field) ? null : field));
        }
        catch (BadHttpRequestException exception)
        {
            return (null, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? OversizeBody.Problem("10 MB")
                : Problems.BadRequest("The body could not be read."));
        }
    }
}
