using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace FactoryThread.Portal.Platform;

/// <summary>
/// How a body that is too large is answered: a client that sends before it reads learns of the 413 only if the server goes on reading for
/// a while, so up to 22 MB more than allowed is read and thrown away; whoever sends still more loses the connection.
/// </summary>
public static class OversizeBody
{
    private const long DiscardBytes = 22 * 1024 * 1024;

    /// <summary>Lets the endpoint see the excess instead of the server cutting it off. Before the first read.</summary>
    public static void Expect(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = PlatformSetup.MaxBodyBytes + DiscardBytes;
        }
    }

    /// <summary>Reads what is left and throws it away.</summary>
    public static async Task DiscardAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        for (var total = 0L; total < DiscardBytes;)
        {
            var read = await reader.ReadAsync(cancellationToken);
            total += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <param name="allowed">The size a body may have, in words.</param>
    public static Problem Problem(string allowed) => new()
    {
        Status = StatusCodes.Status413PayloadTooLarge,
        Title = "Body too large",
        Code = "body_too_large",
        Detail = $"A request body may have up to {allowed} here.",
    };
}
