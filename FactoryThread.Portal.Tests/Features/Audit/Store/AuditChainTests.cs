using System.Diagnostics;
using System.Globalization;
using System.Text;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Cli;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace FactoryThread.Portal.Tests.Features.Audit.Store;

public sealed class AuditChainTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_that_cannot_be_recorded_is_not_made()
    {
        await using var app = PortalApp.Start();
        var key = await app.KeyAsync();
        await RunAsync(app, "CREATE TRIGGER full BEFORE INSERT ON AuditEntries BEGIN SELECT RAISE(ABORT, 'no more'); END");

        await Assert.ThrowsAsync<DbUpdateException>(() => app.Get<ApiKeyService>().RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel));

        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        Assert.Null(await db.Set<ApiKey>().Where(k => k.Id == key.Key.Id).Select(k => k.RevokedAt).SingleAsync(Cancel));
        using var http = app.Http();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Status);
    }

    [Fact]
    public async Task Each_hash_covers_the_one_before_and_every_field_as_documented()
    {
        await using var app = PortalApp.Start();
        await RecordAsync(app, 3, new { text = "ä \"<>\" 😀", nothing = (string?)null });
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);

        var previous = Array.Empty<byte>();
        var entries = await db.Set<AuditEntry>().OrderBy(e => e.Id).ToListAsync(Cancel);
        Assert.True(entries.Count > 3);
        foreach (var e in entries)
        {
            string?[] fields =
            [
                e.Id.ToString(CultureInfo.InvariantCulture), e.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), e.ActorKind.ToString(), e.ActorId,
                e.ActorName, e.Address, e.Action, e.SubjectType, e.SubjectId, e.SubjectName, e.Details,
            ];
            previous = AuditHash.Of(fields.Select(f => f is null ? null : Encoding.UTF8.GetBytes(f)).Prepend(previous));
            Assert.Equal(Convert.ToHexString(previous), Convert.ToHexString(e.Hash));
        }
    }

    [Fact]
    public void The_hash_of_a_series_of_fields_is_pinned()
        => Assert.Equal(
            "7799d9ccbba39a537c7f9fe770e2c49f01fe5c4fd65a3348e65493f93f40ff0f",
            Convert.ToHexStringLower(AuditHash.Of([[], "1"u8.ToArray(), null, "ä"u8.ToArray()])));

    [Fact]
    public async Task The_chain_holds_under_writers_in_several_processes()
    {
        await using var app = PortalApp.Start();
        await using var other = PortalApp.Start(dataDirectory: app.DataDirectory);
        var verb = RunProcessAsync(app.DataDirectory);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => RecordAsync(i % 2 == 0 ? app : other, 25), Cancel)));

        Assert.Equal(0, await verb);
        var chain = await app.Get<AuditLog>().VerifyAsync(Cancel);
        Assert.Null(chain.Break);
        Assert.True(chain.Entries >= 201, $"{chain.Entries} entries");
    }

    [Theory]
    [InlineData("UPDATE AuditEntries SET ActorName = 'somebody else' WHERE Id = 5", "row 5 is not what was recorded")]
    [InlineData("UPDATE AuditEntries SET At = At + 1 WHERE Id = 6", "row 6 is not what was recorded")]
    [InlineData("UPDATE AuditEntries SET Address = NULL WHERE Id = 7", "row 7 is not what was recorded")]
    [InlineData("DELETE FROM AuditEntries WHERE Id = 4", "row 4 is missing")]
    [InlineData("DELETE FROM AuditEntries WHERE Id IN (1, 2)", "rows 1 to 2 are missing")]
    [InlineData("DELETE FROM AuditEntries WHERE Id = (SELECT max(Id) FROM AuditEntries)", ", the last, is missing")]
    public async Task Whoever_goes_past_the_triggers_is_found_by_the_check(string tampering, string finding)
    {
        await using var app = PortalApp.Start();
        await RecordAsync(app, 10);
        Assert.Null((await app.Get<AuditLog>().VerifyAsync(Cancel)).Break);
        await RunAsync(app, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; " + tampering);

        Assert.Contains(finding, (await app.Get<AuditLog>().VerifyAsync(Cancel)).Break, StringComparison.Ordinal);

        using var stderr = new StringWriter();
        var exit = await FactoryThread.Portal.Cli.CommandLine.RunAsync(
            ["database", "check", "--Portal:DataDirectory", app.DataDirectory], TextReader.Null, TextWriter.Null, stderr);
        Assert.Equal(1, exit);
        Assert.Contains(finding, stderr.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE AuditEntries SET ActorName = 'x' WHERE Id = 1")]
    [InlineData("DELETE FROM AuditEntries WHERE Id = 1")]
    [InlineData("INSERT INTO AuditEntries (At, ActorKind, ActorId, ActorName, Action, SubjectType, SubjectId, SubjectName, Hash) VALUES (1, 'System', 'a', 'a', 'a.b', 'a', '', '', x'')")]
    public async Task Another_program_can_neither_change_nor_remove_nor_invent_entries(string statement)
    {
        await using var app = PortalApp.Start();
        await RecordAsync(app, 1);
        await using var foreign = new SqliteConnection($"Data Source={Path.Combine(app.DataDirectory, "portal.db")};Pooling=False");
        await foreign.OpenAsync(Cancel);
        await using var command = foreign.CreateCommand();
        command.CommandText = statement;

        await Assert.ThrowsAsync<SqliteException>(() => command.ExecuteNonQueryAsync(Cancel));

        Assert.Null((await app.Get<AuditLog>().VerifyAsync(Cancel)).Break);
    }

    [Fact]
    public async Task Entries_from_before_the_chain_are_linked_by_the_migration()
    {
        await using var app = PortalApp.Start();
        await RecordAsync(app, 3);
        await using (var db = await app.Contexts.CreateDbContextAsync(Cancel))
        {
            await RunAsync(app, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_chain;");
            await db.GetService<IMigrator>().MigrateAsync("20261124154451_Initial", Cancel);
            await db.Database.MigrateAsync(Cancel);
        }

        await app.Services.PrepareAuditAsync();
        await RecordAsync(app, 2);

        var chain = await app.Get<AuditLog>().VerifyAsync(Cancel);
        Assert.Null(chain.Break);
        Assert.True(chain.Entries > 5);
    }

    [Fact]
    public async Task The_check_says_that_the_chain_holds_and_where_it_ends()
    {
        using var verbs = await Verbs.WithAdministratorAsync();

        var checkedOnce = await verbs.RunAsync("database", "check");

        Assert.Equal(0, checkedOnce.Exit);
        Assert.Matches("The audit chain holds: [0-9]+ entries, the last hash is [0-9a-f]{64}", checkedOnce.Output);
    }

    private static async Task RecordAsync(PortalApp app, int entries, object? details = null)
    {
        for (var i = 0; i < entries; i++)
        {
            await app.Get<AuditLog>().RecordAsync(new Actor(ActorKind.User, "u1", "ada@example.test", "10.0.0.1"), "thing.done", $"t{i}", $"Thing {i}", details, Cancel);
        }
    }

    private static async Task RunAsync(PortalApp app, string sql)
    {
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        await db.Database.ExecuteSqlRawAsync(sql, Cancel);
    }

    /// <summary>A verb in a process of its own.</summary>
    private static async Task<int> RunProcessAsync(string dataDirectory)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var word in (string[])[typeof(Program).Assembly.Location, "users", "add", "--email", "x@example.test", "--password", "a long enough password", "--Portal:DataDirectory", dataDirectory])
        {
            start.ArgumentList.Add(word);
        }

        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return process.ExitCode;
    }
}
