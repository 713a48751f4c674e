using System.Globalization;
using System.Net;
using FactoryThread.Portal.Components.Shared;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace FactoryThread.Portal.Platform;

/// <summary>The answers nobody wrote: unknown paths, wrong methods, unreadable requests, faults. Programs get a problem, people a page.</summary>
public static partial class ErrorAnswers
{
    /// <summary>Seconds after which a caller may try a failing store again.</summary>
    public const int RetrySeconds = 2;

    public static readonly Problem StoreUnavailable = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Title = "Temporarily unavailable",
        Code = "store_unavailable",
        Detail = "The key store cannot be used right now. Try again shortly.",
    };

    public static void UseErrorAnswers(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = context => AnswerAsync(context, Of(context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error)),
            AllowStatusCode404Response = true,
            // The caller's fault; the access log has it.
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,
        });
        app.UseStatusCodePages(context => AnswerAsync(context.HttpContext, context.HttpContext.Response.StatusCode));
    }

    /// <summary>
    /// The same protection for an endpoint that routing runs at once (<c>ShortCircuit</c>), ahead of the middleware that guards the others.
    /// </summary>
    public static RequestDelegate Guard(RequestDelegate endpoint) => async context =>
    {
        try
        {
            await endpoint(context);
        }
        catch (Exception exception) when (CanAnswer(context, exception))
        {
            await AnswerAsync(context, exception);
        }
    };

    /// <summary>False once part of another answer is on its way: all that is left then is to break off the connection.</summary>
    public static bool CanAnswer(HttpContext context, Exception exception) => !context.Response.HasStarted || IsClientGone(context, exception);

    /// <summary>What <see cref="Guard"/> answers, for an endpoint that catches its faults itself.</summary>
    public static Task AnswerAsync(HttpContext context, Exception exception)
    {
        if (IsClientGone(context, exception))
        {
            return Task.CompletedTask;
        }

        if (exception is not BadHttpRequestException)
        {
            Log.Fault(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ErrorAnswers)), context.TraceIdentifier, exception);
        }

        context.Response.Clear();
        return AnswerAsync(context, Of(exception));
    }

    private static bool IsClientGone(HttpContext context, Exception exception)
        => exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested;

    /// <summary>Writes the problem for a program, or the page that says the same to a person.</summary>
    public static Task AnswerAsync(HttpContext context, Problem problem)
    {
        PlatformSetup.WriteCommonHeaders(context);
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
        }

        return ApiPaths.Contains(context.Request.Path) ? Problems.WriteAsync(context, problem) : WritePageAsync(context, problem);
    }

    /// <summary>The same for a status that needs no words of its own.</summary>
    public static Task AnswerAsync(HttpContext context, int status) => AnswerAsync(context, Of(status));

    private static Problem Of(Exception exception) => exception switch
    {
        BadHttpRequestException bad => Of(bad.StatusCode),
        _ when StoreFault.Is(exception) => StoreUnavailable,
        _ => Of(StatusCodes.Status500InternalServerError),
    };

    private static Problem Of(int status) => status switch
    {
        400 => Problems.BadRequest("The request could not be read. Check its address, headers and body."),
        401 => new() { Status = status, Title = "Not signed in", Code = "sign_in_required", Detail = "Sign in first." },
        403 => new() { Status = status, Title = "Permission denied", Code = "insufficient_permission", Detail = "You may not do this." },
        404 => Problems.NotFound("There is nothing at this address."),
        405 => new() { Status = status, Title = "Method not allowed", Code = "method_not_allowed", Detail = "This address takes another method; see the Allow header." },
        408 => new() { Status = status, Title = "Too slow", Code = "request_timeout", Detail = "The request's body did not arrive in time." },
        413 => new() { Status = status, Title = "Body too large", Code = "body_too_large", Detail = "A request body may have up to 10 MB." },
        415 => new() { Status = status, Title = "Unsupported media type", Code = "invalid_request", Detail = "Send the body as application/json." },
        503 => StoreUnavailable,
        >= 400 and < 500 => new() { Status = status, Title = "The request cannot be served", Code = "invalid_request" },
        _ => new() { Status = status, Title = "Something went wrong", Code = "internal_error", Detail = "The fault is on our side and has been logged. Quote the request id when you report it." },
    };

    // Plain markup that no page has to be rendered for: it has to work when everything else does not, without its files too.
    private static Task WritePageAsync(HttpContext context, Problem problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return Task.CompletedTask;
        }

        var title = problem.Status == StatusCodes.Status404NotFound ? "Page not found" : problem.Title;
        var theme = BrowserTheme.Of(context.Request);
        return context.Response.WriteAsync(
            $$"""
            <!DOCTYPE html>
            <html lang="en" class="{{(theme == "dark" ? theme : "")}}" data-theme="{{theme}}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>{{WebUtility.HtmlEncode(title)}} – FactoryThread</title>
              <style>:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; } .account .empty { padding: 8px 0; }</style>
              <script src="/theme.js"></script>
              <link rel="stylesheet" href="/app.css">
              <link rel="icon" type="image/svg+xml" href="/favicon.svg">
            </head>
            <body>
              <div class="account">
                <main>
                  <a class="brand" href="/">{{PortalIcons.Draw(PortalIcons.Brand)}}FactoryThread</a>
                  <div class="card">
                    <div class="empty">
                      <h1>{{WebUtility.HtmlEncode(title)}}</h1>
                      <p class="sub">{{WebUtility.HtmlEncode(problem.Detail)}}</p>
                      <div class="actions"><a class="btn p" href="/">Go to the start page</a></div>
                      <p class="hint">Request id <span class="mono">{{WebUtility.HtmlEncode(context.TraceIdentifier)}}</span></p>
                    </div>
                  </div>
                </main>
              </div>
            </body>
            </html>
            """,
            context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Request {RequestId} failed.")]
        public static partial void Fault(ILogger logger, string requestId, Exception exception);
    }
}
