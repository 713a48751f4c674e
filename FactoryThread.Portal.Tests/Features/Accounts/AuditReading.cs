using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Accounts;

internal static class AuditReading
{
    /// <summary>The entries about users, oldest first.</summary>
    public static async Task<List<AuditEntry>> UserAuditAsync(this PortalApp app)
    {
        await using var db = await app.Contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.Set<AuditEntry>().Where(e => e.SubjectType == "user").OrderBy(e => e.Id).ToListAsync(TestContext.Current.CancellationToken);
    }
}
