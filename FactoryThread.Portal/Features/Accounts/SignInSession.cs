using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>The session cookie: its name and scope, how long it lasts, and what happens to requests without it.</summary>
public static class SignInSession
{
    public const string CookieName = "FactoryThread.Session";

    public const string SignInPath = "/account/sign-in";

    /// <summary>
    /// How often an open page and its session are looked at. Every action reads the rights itself, so this only decides when a page closes
    /// whose user was disabled or got another role: within five seconds, the way to the sign-in page included.
    /// </summary>
    public static readonly TimeSpan Revalidation = TimeSpan.FromSeconds(3);

    /// <summary>A session ends after this long without a request.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(12);

    /// <summary>And in any case after this long.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Cookie.Path = "/";
        options.ExpireTimeSpan = Idle;
        options.SlidingExpiration = true;
        options.LoginPath = SignInPath;
        options.ReturnUrlParameter = "returnUrl";
        options.CookieManager = new CookieManager();
        options.Events = new CookieAuthenticationEvents
        {
            OnValidatePrincipal = ValidateAsync,
            OnRedirectToLogin = context =>
            {
                if (ApiPaths.Contains(context.Request.Path))
                {
                    return ErrorAnswers.AnswerAsync(context.HttpContext, StatusCodes.Status401Unauthorized);
                }

                context.Response.Redirect(context.RedirectUri);
                return Task.CompletedTask;
            },
            OnRedirectToAccessDenied = context => ErrorAnswers.AnswerAsync(context.HttpContext, StatusCodes.Status403Forbidden),
        };
    }

    // In a scope of its own: the request of an open page's web socket lasts as long as the page, and with it the database context of its scope.
    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        await using var scope = context.HttpContext.RequestServices.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ISecurityStampValidator>().ValidateAsync(context);
    }

    /// <summary>The renewed cookie names the same session as the old one.</summary>
    public static Task KeepName(SecurityStampRefreshingPrincipalContext context)
    {
        if (context.CurrentPrincipal?.FindFirst(SessionService.ClaimType) is { } name)
        {
            ((ClaimsIdentity)context.NewPrincipal!.Identity!).AddClaim(name.Clone());
        }

        return Task.CompletedTask;
    }

    /// <summary>A local path to return to after signing in, or the start page: never another host.</summary>
    public static string LocalPath(string? wanted)
        => wanted is ['/', ..] && !wanted.StartsWith("//", StringComparison.Ordinal) && !wanted.AsSpan().ContainsAnyInRange('\0', '\x1f') && !wanted.Contains('\\', StringComparison.Ordinal)
            ? wanted
            : "/";

    /// <summary>
    /// Gives the cookie the <c>__Host-</c> prefix over https (browsers refuse it over http), and hides it from the paths of the gateway and
    /// the API: those are opened by keys, and what a flow returns there must not act with a person's session.
    /// </summary>
    private sealed class CookieManager : ICookieManager
    {
        private readonly ChunkingCookieManager _inner = new();

        public string? GetRequestCookie(HttpContext context, string key)
            => ApiPaths.Contains(context.Request.Path) ? null : _inner.GetRequestCookie(context, Name(context, key));

        public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options)
            => _inner.AppendResponseCookie(context, Name(context, key), value, options);

        public void DeleteCookie(HttpContext context, string key, CookieOptions options)
            => _inner.DeleteCookie(context, Name(context, key), options);

        private static string Name(HttpContext context, string key) => context.Request.IsHttps ? "__Host-" + key : key;
    }
}

/// <summary>Keeps disabled users and ended sessions out, whether they sign in or come with an older cookie.</summary>
public sealed class PortalSignInManager(
    PortalDbContext db,
    SessionService sessions,
    UserManager<PortalUser> users,
    IHttpContextAccessor http,
    IUserClaimsPrincipalFactory<PortalUser> claims,
    IOptions<IdentityOptions> options,
    ILogger<SignInManager<PortalUser>> logger,
    Microsoft.AspNetCore.Authentication.IAuthenticationSchemeProvider schemes,
    IUserConfirmation<PortalUser> confirmation) : SignInManager<PortalUser>(users, http, claims, options, logger, schemes, confirmation)
{
    public override async Task<bool> CanSignInAsync(PortalUser user) => user.DisabledAt is null && await base.CanSignInAsync(user);

    public override async Task<PortalUser?> ValidateSecurityStampAsync(ClaimsPrincipal? principal)
    {
        if (await base.ValidateSecurityStampAsync(principal) is not { DisabledAt: null } user || !await sessions.IsOpenAsync(db, principal!, user.Id, Context.RequestAborted))
        {
            return null;
        }

        await sessions.SeenAsync(principal!, Context.RequestAborted);
        return user;
    }
}
