using System.Text.Json;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Audit;

/// <summary>The record of who did what. A service adds its entry to the context of its own change, so that one transaction holds both.</summary>
public sealed class AuditLog(TimeProvider time, IDbContextFactory<PortalDbContext> contexts)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <param name="db">The context whose SaveChanges commits the change that is being recorded.</param>
    /// <param name="details">An object written as JSON; never a secret.</param>
    public void Append(PortalDbContext db, Actor actor, string action, string subjectId, string subjectName, object? details = null)
        => db.Add(AuditEntry.Create(
            time.GetUtcNow(), actor, action, subjectId, subjectName, details is null ? null : JsonSerializer.Serialize(details, Json)));

    /// <summary>Newest first.</summary>
    public async Task<Page<AuditEntry>> ForSubjectAsync(string subjectType, string subjectId, int skip, int take, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var entries = db.Set<AuditEntry>().AsNoTracking().Where(e => e.SubjectType == subjectType && e.SubjectId == subjectId);
        var total = await entries.CountAsync(cancellationToken);
        var items = await entries.OrderByDescending(e => e.Id).Skip(skip).Take(take).ToListAsync(cancellationToken);
        return new Page<AuditEntry>(items, total);
    }

    internal sealed class Configuration : IEntityTypeConfiguration<AuditEntry>
    {
        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable("AuditEntries");
            builder.Property(e => e.ActorKind).HasConversion<string>();
            builder.HasIndex(e => new { e.SubjectType, e.SubjectId, e.Id });
        }
    }
}
