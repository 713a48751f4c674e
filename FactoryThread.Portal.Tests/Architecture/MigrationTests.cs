using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace FactoryThread.Portal.Tests.Architecture;

public sealed class MigrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_migrations_contain_every_change_of_the_model()
    {
        await using var app = PortalApp.Start();
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);

        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task Users_from_before_there_were_roles_keep_what_they_could_do()
    {
        await using var app = PortalApp.Start();
        var ada = await app.UserAsync("ada@example.test");
        var eve = await app.UserAsync("eve@example.test", administrator: false);
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);

        // Back to the role tables of Identity, and forth again.
        await db.GetService<IMigrator>().MigrateAsync("Alerts", Cancel);
        await db.Database.MigrateAsync(Cancel);

        Assert.Equal(PortalRole.Administrator, await db.Users.Where(u => u.Id == ada.Id).Select(u => u.Role).SingleAsync(Cancel));
        Assert.Equal(PortalRole.Operator, await db.Users.Where(u => u.Id == eve.Id).Select(u => u.Role).SingleAsync(Cancel));
    }
}
