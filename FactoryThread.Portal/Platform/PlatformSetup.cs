namespace FactoryThread.Portal.Platform;

/// <summary>The mechanisms every request passes: request id, error answers, security headers, forwarded addresses.</summary>
public static class PlatformSetup
{
    public static void AddPlatform(this IServiceCollection services)
    {
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddScoped<BrowserTime>();
    }

    public static void UsePlatform(this WebApplication app)
    {
    }
}
