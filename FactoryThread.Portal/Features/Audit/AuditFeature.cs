namespace FactoryThread.Portal.Features.Audit;

/// <summary>Registration of the audit record.</summary>
public static class AuditFeature
{
    public static void AddAudit(this IServiceCollection services) => services.AddSingleton<AuditLog>();
}
