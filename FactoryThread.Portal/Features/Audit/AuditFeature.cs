using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit.Http;
using FactoryThread.Portal.Features.Audit.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FactoryThread.Portal.Features.Audit;

/// <summary>Registration of the audit record.</summary>
public static class AuditFeature
{
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<IInterceptor, AuditChain>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditExport>();
    }

    public static void MapAudit(this IEndpointRouteBuilder routes) => AuditEndpoints.Map(routes);

    /// <summary>Renews the triggers that chain the entries and keep them as they are.</summary>
    public static async Task PrepareAuditAsync(this IServiceProvider services)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync();
        await db.Database.ExecuteSqlRawAsync(AuditChain.Triggers);
    }
}
