using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace FactoryThread.Portal.Features.Accounts.SingleSignOn;

/// <summary>Sign-in at an identity provider: the code flow of OpenID Connect with PKCE, if the configuration names one.</summary>
public static partial class SingleSignOn
{
    public const string Path = "/account/single-sign-on";

    /// <summary>Where the authority sends people back to; to be registered there.</summary>
    public const string CallbackPath = Path + "/callback";

    /// <summary>Query parameter of the sign-in page: why the way through the authority ended there.</summary>
    public const string ProblemParameter = "problem";

    private const string Scheme = "OpenIdConnect";
    private const string ReturnKey = "returnUrl";

    /// <summary>The portal's own page behind the callback, see <see cref="Pages.SingleSignOnDone"/>.</summary>
    internal const string DonePath = Path + "/done";

    /// <summary>The person has this long for each step at the authority.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static void AddSingleSignOn(this IServiceCollection services)
    {
        services.AddOptions<SingleSignOnOptions>().BindConfiguration(SingleSignOnOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SingleSignOnOptions>, ValidateSingleSignOnOptions>();
        services.AddSingleton<SingleSignOnService>();

        // What AddOpenIdConnect does, but only for an installation that has a provider: the scheme looks at every request.
        services.AddTransient<OpenIdConnectHandler>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>());
        services.AddOptions<AuthenticationOptions>().Configure<IOptions<SingleSignOnOptions>>((authentication, own) =>
        {
            if (own.Value.Enabled)
            {
                authentication.AddScheme<OpenIdConnectHandler>(Scheme, own.Value.Name);
            }
        });
        services.AddOptions<OpenIdConnectOptions>(Scheme).Configure<IOptions<SingleSignOnOptions>>((connect, own) => Configure(connect, own.Value));
    }

    public static void MapSingleSignOn(this IEndpointRouteBuilder routes)
    {
        if (!routes.ServiceProvider.GetRequiredService<IOptions<SingleSignOnOptions>>().Value.Enabled)
        {
            return;
        }

        routes.MapGet(Path, StartAsync).AllowAnonymous();
    }

    /// <summary>What the sign-in page says of a problem.</summary>
    public static string? Explain(string? problem, SingleSignOnOptions options) => problem switch
    {
        null => null,
        "denied" => $"You did not let {options.Name} sign you in.",
        "unreachable" => $"{options.Name} cannot be reached right now. Try again shortly, or sign in with a password.",
        "expired" => "Signing in took too long or was begun in another browser. Try again.",
        _ => $"{options.Name} could not sign you in. The portal's log says why.",
    };

    private static void Configure(OpenIdConnectOptions connect, SingleSignOnOptions own)
    {
        connect.Authority = own.Authority;
        connect.RequireHttpsMetadata = !new Uri(own.Authority!).IsLoopback;
        connect.ClientId = own.ClientId;
        connect.ClientSecret = own.ClientSecret;
        connect.SignInScheme = IdentityConstants.ExternalScheme;
        connect.CallbackPath = CallbackPath;
        connect.ResponseType = OpenIdConnectResponseType.Code;
        // Comes back as a plain link, so the cookies of the round trip can be kept from other sites' forms.
        connect.ResponseMode = OpenIdConnectResponseMode.Query;
        connect.UsePkce = true;
        connect.TokenValidationParameters.ValidAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];
        connect.MapInboundClaims = false;
        connect.SaveTokens = false;
        connect.GetClaimsFromUserInfoEndpoint = true;
        connect.BackchannelTimeout = TimeSpan.FromSeconds(20);
        connect.RemoteAuthenticationTimeout = Patience;
        connect.Scope.Clear();
        foreach (var scope in (string[])["openid", "email", "profile", .. own.Scopes])
        {
            connect.Scope.Add(scope);
        }

        connect.ClaimActions.MapJsonKey("email", "email");
        connect.ClaimActions.MapJsonKey("email_verified", "email_verified");
        connect.ClaimActions.MapJsonKey(own.RoleClaim, own.RoleClaim);
        // Both are removed by default; the issuer is half of a person's name.
        connect.ClaimActions.Remove("iss");
        connect.ClaimActions.Remove("amr");
        foreach (var cookie in (CookieBuilder[])[connect.NonceCookie, connect.CorrelationCookie])
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        connect.Events.OnRemoteFailure = context =>
        {
            var problem = context.Failure switch
            {
                _ when context.Request.Query["error"] == "access_denied" => "denied",
                AuthenticationFailureException { Message: "Correlation failed." } => "expired",
                { InnerException: HttpRequestException or TaskCanceledException } or HttpRequestException or TaskCanceledException => "unreachable",
                _ => "failed",
            };
            if (problem is not "denied")
            {
                Log.Failed(Logger(context.HttpContext), context.Failure!);
            }

            context.Response.Redirect(SignInAddress(context.Properties?.Items.TryGetValue(ReturnKey, out var path) == true ? path : null, problem));
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    private static async Task StartAsync(HttpContext context, string? returnUrl)
    {
        var path = SignInSession.LocalPath(returnUrl);

        // A provider that remembers people asks them nothing, so a link of another site would sign them in unasked: they click here first.
        // Browsers say where a request comes from over https and on this machine (Fetch Metadata): "none" is an address typed, a bookmark, or a
        // link in another program.
        if (context.Request.Headers["Sec-Fetch-Site"] is { Count: > 0 } from && from is not ["same-origin" or "none"])
        {
            context.Response.Redirect(QueryHelpers.AddQueryString(SignInSession.SignInPath, ReturnKey, path));
            return;
        }

        try
        {
            // The handler would believe whatever issuer the metadata names, and compare tokens with that.
            var connect = context.RequestServices.GetRequiredService<IOptionsMonitor<OpenIdConnectOptions>>().Get(Scheme);
            var metadata = await connect.ConfigurationManager!.GetConfigurationAsync(context.RequestAborted);
            var own = context.RequestServices.GetRequiredService<IOptions<SingleSignOnOptions>>().Value;
            if (!own.IsIssuer(metadata.Issuer))
            {
                Log.OtherIssuer(Logger(context), own.Authority, metadata.Issuer);
                context.Response.Redirect(SignInAddress(path, "failed"));
                return;
            }

            await context.ChallengeAsync(Scheme, new AuthenticationProperties { RedirectUri = QueryHelpers.AddQueryString(DonePath, "returnUrl", path), Items = { [ReturnKey] = path } });
        }
        catch (InvalidOperationException exception) when (exception.InnerException is not null && !context.Response.HasStarted)
        {
            // That is how it says that the authority's metadata cannot be had, and inside it why.
            Log.Failed(Logger(context), exception);
            context.Response.Redirect(SignInAddress(path, "unreachable"));
        }
    }

    private static string SignInAddress(string? path, string problem)
        => QueryHelpers.AddQueryString(SignInSession.SignInPath, new Dictionary<string, string?> { ["returnUrl"] = path, [ProblemParameter] = problem });

    private static ILogger Logger(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SingleSignOn));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Single sign-on failed.")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "Single sign-on is refused: the provider at {Authority} calls itself \"{Issuer}\". If that is right, set OpenIdConnect:Issuer to it.")]
        public static partial void OtherIssuer(ILogger logger, string? authority, string? issuer);
    }
}
