using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Data;

/// <summary>Registers the database and brings its file up to date.</summary>
public static class DatabaseStartup
{
    public static void AddPortalDatabase(this IServiceCollection services)
    {
        services.AddSingleton<Sqlite.ConnectionPragmas>();
        services.AddPooledDbContextFactory<PortalDbContext>((provider, options) => options
            .UseSqlite(Sqlite.ConnectionString(provider.GetRequiredService<IOptions<PortalOptions>>().Value.DatabasePath))
            .AddInterceptors(provider.GetRequiredService<Sqlite.ConnectionPragmas>(), provider.GetRequiredService<VerdictNotifier>())
            .AddInterceptors(provider.GetServices<IInterceptor>()));
        services.AddSingleton<VerdictNotifier>();
        services.AddSingleton<StoreVersionMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreVersionMonitor>());
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: [PlatformSetup.ReadyTag]);
    }

    /// <summary>Creates the folder, applies the migrations and renews the triggers. Safe while another process works on the same files.</summary>
    public static async Task PrepareDatabaseAsync(this IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<PortalOptions>>().Value;
        var directory = Directory.CreateDirectory(options.DataPath);
        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        await using var db = await services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync();
        await db.Database.MigrateAsync();
        await db.Database.ExecuteSqlRawAsync(VerdictTriggers.Script(db.GetService<Microsoft.EntityFrameworkCore.Metadata.IDesignTimeModel>().Model));
    }
}
