using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FactoryThread.Portal.Features.Help.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Help.Http;

/// <summary>Files that carry this installation's address and a place for a key, but no key: anybody may have them.</summary>
internal static class HelpDownloads
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(HelpLinks.Postman, (HttpRequest request, IOptions<PortalOptions> options)
            => File("application/json", JsonSerializer.Serialize(PostmanCollection.For(PortalAddress.Of(options.Value, request)), Json), HelpLinks.Postman)).AllowAnonymous();
        routes.MapGet(HelpLinks.Environment, (HttpRequest request, IOptions<PortalOptions> options)
            => File("text/plain; charset=utf-8", EnvironmentFile(PortalAddress.Of(options.Value, request)), HelpLinks.Environment)).AllowAnonymous();
    }

    private static string EnvironmentFile(string address)
        => $"""
            # FactoryThread: fill in the key, keep this file out of source control, load it with: set -a; . ./factorythread.env; set +a
            FACTORYTHREAD_URL={address}
            FACTORYTHREAD_FLOW_ID={HelpExamples.FlowId}
            FACTORYTHREAD_API_KEY=

            """.ReplaceLineEndings("\n");

    private static FileContentHttpResult File(string type, string content, string path) => TypedResults.File(Encoding.UTF8.GetBytes(content), type, Path.GetFileName(path));
}
