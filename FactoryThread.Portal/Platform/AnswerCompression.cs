using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;

namespace FactoryThread.Portal.Platform;

/// <summary>Compresses the answers of endpoints that ask for it, where the client accepts it.</summary>
/// <remarks>
/// Over https too, which gives away the length of what is compressed: for downloads, which hold nothing that a request could put
/// beside a secret; never for pages.
/// </remarks>
public static class AnswerCompression
{
    public static void AddAnswerCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/csv", "application/json"];
        });

        // A download is read once, so its time counts more than its last bytes.
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
    }

    /// <summary>After routing.</summary>
    public static void UseAnswerCompression(this IApplicationBuilder app)
        => app.UseWhen(context => context.GetEndpoint()?.Metadata.GetMetadata<Compressed>() is not null, branch => branch.UseResponseCompression());

    public static TBuilder CompressAnswers<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
        => endpoints.WithMetadata(new Compressed());

    private sealed class Compressed;
}
