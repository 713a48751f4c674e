using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Incidents.Store;

internal sealed class IncidentConfiguration : IEntityTypeConfiguration<LeakReport>
{
    public void Configure(EntityTypeBuilder<LeakReport> builder)
    {
        builder.ToTable("LeakReports");
        builder.HasOne<ApiKey>().WithMany().HasForeignKey(r => r.KeyId).OnDelete(DeleteBehavior.Restrict);

        // The same find reported again is no news.
        builder.HasIndex(r => new { r.SecretId, r.Url }).IsUnique();
        builder.HasIndex(r => new { r.DismissedAt, r.ReceivedAt });
    }
}
