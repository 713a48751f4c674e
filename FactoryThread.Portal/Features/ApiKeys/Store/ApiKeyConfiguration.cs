using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace FactoryThread.Portal.Features.ApiKeys.Store;

internal sealed class ApiKeyConfiguration : IEntityTypeConfiguration<ApiKey>, IEntityTypeConfiguration<ApiKeySecret>, IEntityTypeConfiguration<ApiKeyFlow>
{
    public void Configure(EntityTypeBuilder<ApiKey> builder)
    {
        builder.ToTable("ApiKeys");
        builder.Property(k => k.Name).UseCollation("NOCASE");
        builder.Property(k => k.Version).IsConcurrencyToken();
        builder.HasMany(k => k.Secrets).WithOne().HasForeignKey(s => s.KeyId);
        builder.HasMany(k => k.Flows).WithOne().HasForeignKey(f => f.KeyId);
        builder.HasOne<PortalUser>().WithMany().HasForeignKey(k => k.OwnerId).OnDelete(DeleteBehavior.Restrict);
        builder.Ignore(k => k.Expiration).Ignore(k => k.CurrentSecret);
        builder.HasIndex(k => new { k.DeletedAt, k.CreatedAt });

        // With what a search looks at: it goes over every key until the page is full.
        builder.HasIndex(k => new { k.DeletedAt, k.Name, k.Id, k.Description });
        builder.HasIndex(k => new { k.DeletedAt, k.LastUsedAt });
        builder.HasIndex(k => new { k.DeletedAt, k.ExpiresAt });

        // Covers the counts above the list: they are read with every page of it.
        builder.HasIndex(k => new { k.DeletedAt, k.RevokedAt, k.Kind, k.IssuedAt, k.ExpiresAt });

        // Not LastUsedAt: the recorder writes it all the time, and no verdict reads it. Kind and Description are no matter of verdicts
        // either, but what lists count is kept by the same version.
        builder.AffectsVerdicts(
            nameof(ApiKey.Name), nameof(ApiKey.Permission), nameof(ApiKey.ExpiresAt), nameof(ApiKey.PerMinute), nameof(ApiKey.PerDay), nameof(ApiKey.Networks),
            nameof(ApiKey.AllowInUrl), nameof(ApiKey.OwnerId), nameof(ApiKey.RevokedAt), nameof(ApiKey.DeletedAt), nameof(ApiKey.Environment),
            nameof(ApiKey.Kind), nameof(ApiKey.Description));
    }

    public void Configure(EntityTypeBuilder<ApiKeySecret> builder)
    {
        builder.ToTable("ApiKeySecrets");
        builder.HasIndex(s => s.Hash).IsUnique();
        builder.HasIndex(s => s.Hint);
        builder.AffectsVerdicts();
    }

    public void Configure(EntityTypeBuilder<ApiKeyFlow> builder)
    {
        builder.ToTable("ApiKeyFlows");
        builder.HasKey(f => new { f.KeyId, f.FlowId });
        builder.AffectsVerdicts();
    }
}
