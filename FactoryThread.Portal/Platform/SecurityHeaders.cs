namespace FactoryThread.Portal.Platform;

/// <summary>
/// Headers that keep a browser safe. Pages get a strict policy whose nonce is <c>HttpContext.GetNonce()</c>; answers for programs,
/// which may hold what a flow's target returned, are never allowed to act as a page of this origin.
/// </summary>
public static class SecurityHeaders
{
    private const string ProgramPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";

    public static void UsePageSecurityHeaders(this WebApplication app)
    {
        var pages = Pages(hsts: !app.Environment.IsDevelopment());
        // What is for programs has its policy by now.
        app.UseWhen(context => context.Response.Headers.ContentSecurityPolicy.Count == 0, branch => branch.UseSecurityHeaders(pages));
    }

    /// <summary>For answers to programs; an endpoint may set a policy of its own instead.</summary>
    /// <remarks>
    /// No Referrer-Policy, for speed (README, Decisions): nothing is loaded, and a sandboxed document has an opaque origin, from which browsers send
    /// no referrer (Referrer Policy, section 8.3). A policy that lets something be loaded needs one.
    /// </remarks>
    internal static void Protect(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = ProgramPolicy;
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
                // MudBlazor writes its theme as a style element, and dialogs and messages have style attributes.
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
