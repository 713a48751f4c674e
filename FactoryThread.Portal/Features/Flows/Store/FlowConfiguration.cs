using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.Flows.Store;

internal sealed class FlowConfiguration : IEntityTypeConfiguration<Flow>, IEntityTypeConfiguration<Connection>
{
    public void Configure(EntityTypeBuilder<Flow> builder)
    {
        builder.ToTable("Flows");
        builder.Ignore(f => f.Settings);
        builder.HasIndex(f => f.Route).IsUnique();
        builder.ComplexProperty(f => f.Live);
        builder.ComplexProperty(f => f.Test);
        builder.AffectsVerdicts();
    }

    public void Configure(EntityTypeBuilder<Connection> builder)
    {
        builder.ToTable("Connections");
        builder.AffectsVerdicts();
    }
}
