using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace FactoryThread.Portal.Data;

/// <summary>The portal's database; each feature brings its own tables through an <see cref="IEntityTypeConfiguration{T}"/>.</summary>
public sealed class PortalDbContext(DbContextOptions<PortalDbContext> options) : IdentityUserContext<PortalUser>(options)
{
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<StoreVersion>(version =>
        {
            version.ToTable("KeyStoreVersion");
            version.Property(v => v.Id).ValueGeneratedNever();
            version.HasData(new StoreVersion { Id = 1, Version = 1 });
        });
        builder.ApplyConfigurationsFromAssembly(typeof(PortalDbContext).Assembly);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
        => configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();

    /// <summary>Instants are UTC milliseconds since 1970: SQLite orders integers, but not the text of a DateTimeOffset.</summary>
    private sealed class InstantConverter() : ValueConverter<DateTimeOffset, long>(
        instant => instant.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}

/// <summary>One row that database triggers increase whenever anything changes that a verdict depends on.</summary>
public sealed class StoreVersion
{
    public int Id { get; set; }

    public long Version { get; set; }
}
