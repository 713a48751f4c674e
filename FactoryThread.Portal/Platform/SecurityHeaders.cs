namespace FactoryThread.Portal.Platform;

/// <summary>
/// Headers that keep a browser safe. Pages get a strict policy whose nonce is <c>HttpContext.GetNonce()</c>; answers for programs,
/// which may hold what a flow's target returned, are never allowed to act as a page of this origin.
/// </summary>
public static class SecurityHeaders
{
    private const string ProgramPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

    public static void UsePortalSecurityHeaders(this WebApplication app)
    {
        app.UseWhen(context => ApiPaths.Contains(context.Request.Path), branch => branch.Use(ProtectAnswer));
        var pages = Pages(hsts: !app.Environment.IsDevelopment());
        app.UseWhen(context => !ApiPaths.Contains(context.Request.Path), branch => branch.UseSecurityHeaders(pages));
    }

    private static Task ProtectAnswer(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(
            static state =>
            {
                var headers = ((HttpContext)state).Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
                if (headers.ContentSecurityPolicy.Count == 0)
                {
                    headers.ContentSecurityPolicy = ProgramPolicy;
                }

                return Task.CompletedTask;
            },
            context);
        return next(context);
    }

    private static HeaderPolicyCollection Pages(bool hsts)
    {
        var policies = new HeaderPolicyCollection()
            .AddFrameOptionsDeny()
            .AddContentTypeOptionsNoSniff()
            .AddReferrerPolicyNoReferrer()
            .AddCrossOriginOpenerPolicy(policy => policy.SameOrigin())
            .AddCrossOriginResourcePolicy(policy => policy.SameOrigin())
            .AddContentSecurityPolicy(csp =>
            {
                csp.AddDefaultSrc().Self();
                csp.AddScriptSrc().Self().WithNonce();
                // MudBlazor places its popovers with style attributes.
                csp.AddStyleSrc().Self().UnsafeInline();
                csp.AddImgSrc().Self().Data();
                // 'self' covers the circuit's web socket of the same host.
                csp.AddConnectSrc().Self();
                csp.AddFontSrc().Self();
                csp.AddObjectSrc().None();
                csp.AddBaseUri().Self();
                csp.AddFormAction().Self();
                csp.AddFrameAncestors().None();
            });
        return hsts ? policies.AddStrictTransportSecurityMaxAge(365 * 24 * 3600) : policies;
    }
}
