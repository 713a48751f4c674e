using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Data;

public sealed class DatabaseStartupTests
{
    [Fact]
    public async Task An_empty_data_directory_gets_a_migrated_database_in_WAL_mode()
    {
        await using var app = PortalApp.Start();
        await using var db = await app.Contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);

        Assert.Empty(await db.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["wal"], await db.Database.SqlQueryRaw<string>("PRAGMA journal_mode").ToListAsync(TestContext.Current.CancellationToken));
    }
}
