using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.Passkeys;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.Accounts.SingleSignOn;
using FactoryThread.Portal.Features.Accounts.Store;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Registration of portal users, sign-in and first run.</summary>
public static class AccountsFeature
{
    /// <summary>Users and roles, without sign-in.</summary>
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddIdentityCore<PortalUser>(options =>
            {
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                options.User.RequireUniqueEmail = true;
                // The user name is the email address, which has rules of its own.
                options.User.AllowedUserNameCharacters = "";
                options.Password.RequiredLength = NewUser.MinPasswordLength;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
            })
            .AddUserStore<PortalUserStore>()
            .AddPasswordValidator<PasswordJudge>()
            .AddDefaultTokenProviders()
            .AddTokenProvider<OneTimeAuthenticator>(TokenOptions.DefaultAuthenticatorProvider);
        // PBKDF2 with HMAC-SHA-512 as OWASP's Password Storage Cheat Sheet has it; older hashes are renewed at the next sign-in.
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = 210_000);
        services.AddSingleton<UserAccounts>();
        services.AddSingleton<UserService>();
        services.AddSingleton<InvitationService>();
        // For all of Identity's sealed tokens, of which links for new passwords are the only ones.
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = PasswordResetService.Lifetime);
        services.AddSingleton<PasswordResetService>();
        services.AddSingleton<SessionService>();
        services.AddSingleton<SecondFactorService>();
        services.AddSingleton<ConfirmationService>();
        services.AddSingleton<PasskeyService>();
    }

    /// <summary>Sign-in by cookie, for the server.</summary>
    public static void AddAccountsWeb(this IServiceCollection services)
    {
        services.AddIdentityCore<PortalUser>().AddSignInManager<PortalSignInManager>();
        services.Configure<SecurityStampValidatorOptions>(options =>
        {
            options.ValidationInterval = SignInSession.Revalidation;
            options.OnRefreshingPrincipal = SignInSession.KeepName;
        });
        var authentication = services.AddAuthentication(IdentityConstants.ApplicationScheme);
        authentication.AddCookie(IdentityConstants.ApplicationScheme, SignInSession.Configure);
        // Not used, but Identity signs out of it when it ends a session.
        authentication.AddTwoFactorRememberMeCookie();
        // Whose password was right, until their code is too.
        authentication.AddTwoFactorUserIdCookie();
        services.Configure<CookieAuthenticationOptions>(IdentityConstants.TwoFactorUserIdScheme, options =>
        {
            options.Cookie.Name = "FactoryThread.Half";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        // What single sign-on says of a person, from the callback to the next page.
        authentication.AddExternalCookie();
        services.Configure<CookieAuthenticationOptions>(IdentityConstants.ExternalScheme, options =>
        {
            options.Cookie.Name = "FactoryThread.External";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddSingleSignOn();
        services.AddAuthorization();
        services.Configure<AntiforgeryOptions>(options =>
        {
            options.Cookie.Name = "FactoryThread.Form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddScoped<IClaimsTransformation, SessionAddress>();
        services.AddScoped<AuthenticationStateProvider, CircuitAuthentication>();
        services.AddSingleton<CircuitPlaces>();
        services.AddScoped<CircuitHandler, CircuitPlace>();
        services.AddScoped<RequestCaller>();
        services.AddScoped<CurrentUser>();
        services.AddScoped<ConfirmedActions>();
        services.AddScoped<SignInService>();
        services.AddScoped<PasskeyCeremony>();
        services.Configure<IdentityPasskeyOptions>(PasskeyCeremony.Configure);
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<PasswordResetMails>();
        services.AddHostedService(provider => provider.GetRequiredService<PasswordResetMails>());
        services.AddSingleton<SetupLink>();
        services.AddSingleton(new StartOutput(Console.Out));
        services.AddHostedService<StartNotice>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        // A form parameter makes the antiforgery token compulsory.
        routes.MapPost("/account/sign-out", async (HttpContext context, SignInService signIn, [FromForm] string? returnUrl) =>
        {
            await signIn.SignOutAsync(context.RequestAborted);
            return TypedResults.LocalRedirect(SignInSession.LocalPath(returnUrl ?? SignInSession.SignInPath));
        }).AllowAnonymous();
        routes.MapSingleSignOn();
        routes.MapPasskeys();
    }

    /// <summary>Makes the first administrator from the configuration, if it names one and there is no user yet.</summary>
    /// <exception cref="OptionsValidationException">The configured email or password is not acceptable.</exception>
    public static async Task SetUpAccountsAsync(this IServiceProvider services)
    {
        var setup = services.GetRequiredService<IOptions<PortalOptions>>().Value.Setup;
        var users = services.GetRequiredService<UserService>();
        if (string.IsNullOrEmpty(setup.AdminEmail) || string.IsNullOrEmpty(setup.AdminPassword) || await users.AnyAsync(CancellationToken.None))
        {
            return;
        }

        var added = await users.AddFirstAsync(setup.AdminEmail, setup.AdminPassword, address: null, CancellationToken.None);
        if (added.Failure is { Kind: not FailureKind.Conflict } failure)
        {
            var key = failure.Field == "email" ? nameof(setup.AdminEmail) : nameof(setup.AdminPassword);
            throw new OptionsValidationException(PortalOptions.Section, typeof(PortalOptions), [$"Portal:Setup:{key}: {failure.Message}"]);
        }
    }
}
