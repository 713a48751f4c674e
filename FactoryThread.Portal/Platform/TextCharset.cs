namespace FactoryThread.Portal.Platform;

/// <summary>
/// Style sheets, scripts and plain text say that they are UTF-8, as pages and JSON do by themselves: without it their reader guesses
/// (<a href="https://www.rfc-editor.org/rfc/rfc6657#section-3">RFC 6657, section 3</a>).
/// </summary>
internal static class TextCharset
{
    public static void UseTextCharset(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(
            static state =>
            {
                var answer = (HttpResponse)state;
                if (answer.ContentType is { } type && type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
                    && !type.Contains("charset=", StringComparison.OrdinalIgnoreCase))
                {
                    answer.ContentType = $"{type}; charset=utf-8";
                }

                return Task.CompletedTask;
            },
            context.Response);
        return next(context);
    });
}
