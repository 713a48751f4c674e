using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Architecture;

public sealed class MigrationTests
{
    [Fact]
    public async Task The_migrations_contain_every_change_of_the_model()
    {
        await using var app = PortalApp.Start();
        await using var db = await app.Contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);

        Assert.False(db.Database.HasPendingModelChanges());
    }
}
