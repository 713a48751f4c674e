using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Workspace.Store;

internal sealed class WorkspaceConfiguration : IEntityTypeConfiguration<WorkspaceSettings>
{
    public void Configure(EntityTypeBuilder<WorkspaceSettings> builder)
    {
        builder.ToTable("WorkspaceSettings");
        builder.Property(s => s.Id).ValueGeneratedNever();
        builder.Property(s => s.Version).IsConcurrencyToken();
        builder.Ignore(s => s.Rotation);
        builder.Ignore(s => s.People);

        // A key never reaches more than its owner.
        builder.AffectsVerdicts(nameof(WorkspaceSettings.OperatorsReachAllKeys));
        var recommended = RotationSchedule.Recommended;
        builder.HasData(new
        {
            Id = WorkspaceSettings.OnlyId,
            ProductionDays = recommended.Production,
            PartnerDays = recommended.Partner,
            DevelopmentDays = recommended.Development,
            CiCdDays = recommended.CiCd,
            UnusedDays = WorkspaceSettings.RecommendedUnusedDays,
            OperatorsReachAllKeys = false,
            ConfirmNewValues = false,
            Version = 0,
        });
    }
}
