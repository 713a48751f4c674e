using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Data;

internal sealed class UserConfiguration : IEntityTypeConfiguration<PortalUser>, IEntityTypeConfiguration<IdentityUserRole<string>>
{
    // A key can never do more than its owner, so the owner's state is part of every verdict.
    public void Configure(EntityTypeBuilder<PortalUser> builder) => builder.AffectsVerdicts(nameof(PortalUser.DisabledAt), nameof(PortalUser.Email));

    public void Configure(EntityTypeBuilder<IdentityUserRole<string>> builder) => builder.AffectsVerdicts();
}
