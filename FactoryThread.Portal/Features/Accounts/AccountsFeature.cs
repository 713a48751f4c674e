using FactoryThread.Portal.Data;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Registration of portal users, sign-in and first run.</summary>
public static class AccountsFeature
{
    /// <summary>Users and roles, without sign-in.</summary>
    public static void AddAccounts(this IServiceCollection services)
        => services.AddIdentityCore<PortalUser>(options =>
            {
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                options.User.RequireUniqueEmail = true;
            })
            .AddRoles<IdentityRole>()
            .AddEntityFrameworkStores<PortalDbContext>()
            .AddDefaultTokenProviders();

    /// <summary>Sign-in by cookie, for the server.</summary>
    public static void AddAccountsWeb(this IServiceCollection services)
    {
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.AddAuthorization();
        services.AddScoped<CurrentUser>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
    }

    /// <summary>First administrator from configuration, or the one-time set-up link.</summary>
    public static Task SetUpAccountsAsync(this IServiceProvider services) => Task.CompletedTask;
}
