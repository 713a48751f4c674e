using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Data;

internal sealed class UserConfiguration : IEntityTypeConfiguration<PortalUser>
{
    // A key can never do more than its owner, so the owner's state is part of every verdict.
    public void Configure(EntityTypeBuilder<PortalUser> builder)
        => builder.AffectsVerdicts(nameof(PortalUser.DisabledAt), nameof(PortalUser.Email), nameof(PortalUser.Role));
}
