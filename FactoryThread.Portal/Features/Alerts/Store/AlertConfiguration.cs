using FactoryThread.Portal.Features.Alerts.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Alerts.Store;

internal sealed class AlertConfiguration : IEntityTypeConfiguration<Alert>, IEntityTypeConfiguration<AlertRule>, IEntityTypeConfiguration<AlertChannel>,
    IEntityTypeConfiguration<AlertMessage>, IEntityTypeConfiguration<AlertState>, IEntityTypeConfiguration<KeyNetwork>
{
    public void Configure(EntityTypeBuilder<Alert> builder)
    {
        builder.ToTable("Alerts");
        builder.Property(a => a.Kind).HasConversion<string>();

        // One open alert per rule and subject, whatever races.
        builder.HasIndex(a => new { a.Kind, a.Subject }, "IX_Alerts_OneOpen").IsUnique().HasFilter("ResolvedAt IS NULL");
        builder.HasIndex(a => new { a.Kind, a.Subject, a.Id }, "IX_Alerts_Kind_Subject_Id");

        // The inbox in its order, with what tells its parts apart.
        builder.HasIndex(a => new { a.ResolvedAt, a.Level, a.LastSeenAt, a.Id, a.AcknowledgedAt, a.SnoozedUntil }, "IX_Alerts_Inbox");
    }

    public void Configure(EntityTypeBuilder<AlertRule> builder)
    {
        builder.ToTable("AlertRules");
        builder.HasKey(r => new { r.Kind, r.KeyId });
        builder.Property(r => r.Kind).HasConversion<string>();
        builder.Ignore(r => r.Settings);
    }

    public void Configure(EntityTypeBuilder<AlertChannel> builder)
    {
        builder.ToTable("AlertChannels");
        builder.Property(c => c.Type).HasConversion<string>();
        builder.Property(c => c.Pace).HasConversion<string>();
    }

    public void Configure(EntityTypeBuilder<AlertMessage> builder)
    {
        builder.ToTable("AlertMessages");
        builder.HasIndex(m => m.NextAttemptAt).HasFilter("NextAttemptAt IS NOT NULL");
        builder.HasIndex(m => new { m.ChannelId, m.Id });
    }

    public void Configure(EntityTypeBuilder<AlertState> builder)
    {
        builder.ToTable("AlertState");
        builder.Property(s => s.Id).ValueGeneratedNever();
        builder.HasData(new AlertState { Id = 1, LogId = null, CheckedKeysAt = DateTimeOffset.UnixEpoch });
    }

    public void Configure(EntityTypeBuilder<KeyNetwork> builder)
    {
        builder.ToTable("KeyNetworks");
        builder.HasKey(n => new { n.KeyId, n.Network });
    }
}
