using System.Text.Json;
using System.Text.Json.Serialization;
using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Incidents.Http;

/// <summary><c>POST /v1/leaks/github</c>: reports of GitHub's secret scanning partner programme, signed by GitHub. Absent unless configured.</summary>
public sealed class GitHubLeakEndpoint(GitHubKeys keys, LeakService leaks, IOptions<LeakOptions> options)
{
    public const string Path = "/v1/leaks/github";

    private const string IdentifierHeader = "Github-Public-Key-Identifier";
    private const string SignatureHeader = "Github-Public-Key-Signature";

    /// <summary>Bytes a report may have: it must be read whole before anything is known of its sender.</summary>
    private const int MaxBody = 1024 * 1024;

    private const int MaxTokens = 2000;
    private const int MaxHeader = 500;

    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!options.Value.GitHub.Enabled)
        {
            await Problems.WriteAsync(context, Problems.NotFound("Leak reports are switched off. Leaks:GitHub in the configuration switches them on."));
            return;
        }

        var identifier = context.Request.Headers[IdentifierHeader].ToString();
        var signature = context.Request.Headers[SignatureHeader].ToString();
        if (identifier.Length is 0 or > MaxHeader || signature.Length is 0 or > MaxHeader)
        {
            await Problems.WriteAsync(context, Problems.BadRequest($"A report is signed: send {IdentifierHeader} and {SignatureHeader}."));
            return;
        }

        var (body, tooLarge) = await ReadAsync(context);
        if (body is null)
        {
            await Problems.WriteAsync(context, tooLarge!);
            return;
        }

        switch (await keys.CheckAsync(identifier, signature, body, context.RequestAborted))
        {
            case SignatureCheck.Wrong:
                await Problems.WriteAsync(context, new Problem { Status = 401, Title = "Not signed", Code = "invalid_signature", Detail = "The signature does not fit this body and key identifier." });
                return;
            case SignatureCheck.Unknown:
                await ErrorAnswers.AnswerAsync(context, new Problem { Status = 503, Title = "Temporarily unavailable", Code = "signer_unavailable", Detail = "The signer's public keys cannot be fetched right now. Send the report again." });
                return;
        }

        if (Parse(body) is not { } reported)
        {
            await Problems.WriteAsync(context, Problems.BadRequest($"The body must be an array of up to {MaxTokens} objects with 'token', 'type', 'url' and 'source'."));
            return;
        }

        var verdicts = await leaks.ReceiveAsync(reported, KeyGate.Address(context)?.ToString(), context.RequestAborted);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body,
            verdicts.Select(v => new Verdict(v.TokenHash, v.Type, v.IsKey ? "true_positive" : "false_positive")),
            cancellationToken: context.RequestAborted);
    }

    private static async Task<(byte[]? Body, Problem? Problem)> ReadAsync(HttpContext context)
    {
        OversizeBody.Expect(context);
        using var buffer = new MemoryStream();
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            foreach (var segment in read.Buffer)
            {
                buffer.Write(segment.Span);
            }

            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (buffer.Length > MaxBody)
            {
                await OversizeBody.DiscardAsync(context.Request.BodyReader, context.RequestAborted);
                return (null, OversizeBody.Problem("1 MB"));
            }

            if (read.IsCompleted)
            {
                return (buffer.ToArray(), null);
            }
        }
    }

    private static List<ReportedToken>? Parse(byte[] body)
    {
        try
        {
            var tokens = JsonSerializer.Deserialize<List<Reported?>>(body);
            return tokens is null || tokens.Count > MaxTokens || tokens.Exists(t => t?.Token is null)
                ? null
                : tokens.ConvertAll(t => new ReportedToken(t!.Token!, t.Type ?? "", t.Url, t.Source));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Reported(
        [property: JsonPropertyName("token")] string? Token,
        [property: JsonPropertyName("type")] string? Type,
        [property: JsonPropertyName("url")] string? Url,
        [property: JsonPropertyName("source")] string? Source);

    private sealed record Verdict(
        [property: JsonPropertyName("token_hash")] string TokenHash,
        [property: JsonPropertyName("token_type")] string TokenType,
        [property: JsonPropertyName("label")] string Label);
}
