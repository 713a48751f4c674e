using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Usage.Store;

internal sealed class UsageConfiguration : IEntityTypeConfiguration<RequestLogEntry>, IEntityTypeConfiguration<UsageHour>,
    IEntityTypeConfiguration<CredentialFailures>, IEntityTypeConfiguration<IntakeWatermark>
{
    public void Configure(EntityTypeBuilder<RequestLogEntry> builder)
    {
        builder.ToTable("RequestLog");
        builder.Property(e => e.Id).ValueGeneratedNever();
        builder.HasIndex(e => new { e.KeyId, e.At });

        // Partial: only executions pay for them. Retention needs none, since ids ascend with time.
        builder.HasIndex(e => e.ExecutionId).HasFilter("ExecutionId IS NOT NULL");
        builder.HasIndex(e => e.FlowId).HasFilter("ExecutionId IS NOT NULL");
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
