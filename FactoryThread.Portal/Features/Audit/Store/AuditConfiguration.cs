using FactoryThread.Portal.Features.Audit.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Audit.Store;

/// <summary>Every filter of the page has an index that also gives the order, so that a page is read without sorting.</summary>
internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public const string NameIndex = "IX_AuditEntries_SubjectName_At";

    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("AuditEntries");
        builder.Property(e => e.ActorKind).HasConversion<string>();
        builder.Property(e => e.SubjectName).UseCollation("NOCASE");
        builder.HasIndex(e => e.At);
        builder.HasIndex(e => new { e.ActorId, e.At });
        builder.HasIndex(e => new { e.Action, e.At });
        builder.HasIndex(e => new { e.ActorId, e.Action, e.At });
        builder.HasIndex(e => new { e.SubjectType, e.At });
        builder.HasIndex(e => new { e.SubjectId, e.At });
        builder.HasIndex(e => new { e.SubjectName, e.At }, NameIndex);
    }
}
