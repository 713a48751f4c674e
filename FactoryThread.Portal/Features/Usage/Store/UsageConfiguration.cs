using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Usage.Store;

internal sealed class UsageConfiguration : IEntityTypeConfiguration<RequestSegment>, IEntityTypeConfiguration<RequestLogEntry>,
    IEntityTypeConfiguration<UsageHour>, IEntityTypeConfiguration<CredentialFailures>, IEntityTypeConfiguration<IntakeWatermark>
{
    public void Configure(EntityTypeBuilder<RequestSegment> builder)
    {
        builder.ToTable("RequestSegments");
        builder.Property(s => s.Id).ValueGeneratedNever();

        // Retention needs no index: ids ascend with time.
        builder.HasIndex(s => new { s.KeyId, s.Minute });
    }

    public void Configure(EntityTypeBuilder<RequestLogEntry> builder)
    {
        builder.ToTable("Executions");
        builder.Property(e => e.ExecutionId).IsRequired();
        builder.HasIndex(e => e.ExecutionId);
        builder.HasIndex(e => e.FlowId);
        builder.HasIndex(e => e.KeyId);
    }

    public void Configure(EntityTypeBuilder<UsageHour> builder)
    {
        builder.ToTable("UsageHour");
        builder.HasKey(u => new { u.KeyId, u.Hour, u.FlowId, u.Outcome });
        builder.HasIndex(u => u.Hour);
    }

    public void Configure(EntityTypeBuilder<CredentialFailures> builder)
    {
        builder.ToTable("CredentialFailures");
        builder.HasKey(f => new { f.Minute, f.Code, f.Address });
    }

    public void Configure(EntityTypeBuilder<IntakeWatermark> builder)
    {
        builder.ToTable("IntakeWatermark");
        builder.Property(w => w.Id).ValueGeneratedNever();
        builder.HasData(new IntakeWatermark { Id = 1, BatchId = 0, LogId = 0 });
    }
}
