using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Audit.Store;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Audit;

public sealed class AuditLogTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Filters_narrow_and_pages_follow_without_gap_or_repetition()
    {
        await using var app = PortalApp.Start(_time);
        var log = app.Get<AuditLog>();
        for (var i = 0; i < 30; i++)
        {
            // Three at the same instant: the order within it must hold across pages too.
            _time.Advance(TimeSpan.FromMilliseconds(i % 3 == 0 ? 1000 : 0));
            var actor = i % 2 == 0 ? new Actor(ActorKind.User, "u1", "ada@example.test", "10.0.0.1") : Actor.CommandLine;
            await log.RecordAsync(actor, i % 5 == 0 ? "thing.removed" : "thing.done", $"t{i % 4}", $"Thing {i % 4}", null, Cancel);
        }

        var all = await ReadAllAsync(log, new AuditQuery { Action = "thing", Take = 7 });
        Assert.Equal(30, all.Count);
        Assert.Equal(all.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Select(e => e.Id), all.Select(e => e.Id));
        Assert.Equal(6, await log.CountAsync(new AuditQuery { Action = "thing.removed" }, Cancel));
        Assert.Equal(15, await log.CountAsync(new AuditQuery { ActorId = "u1", Action = "thing" }, Cancel));
        Assert.Equal(3, await log.CountAsync(new AuditQuery { ActorId = "u1", Action = "thing.removed" }, Cancel));
        Assert.Equal(8, await log.CountAsync(new AuditQuery { Subject = "t1" }, Cancel));
        Assert.Equal(8, await log.CountAsync(new AuditQuery { Subject = "thing 1" }, Cancel));
        Assert.Equal(30, await log.CountAsync(new AuditQuery { Subject = "THI" }, Cancel));
        Assert.Equal(0, await log.CountAsync(new AuditQuery { Subject = "hing" }, Cancel));
        var middle = all[15].At;
        Assert.Equal(all.Count(e => e.At >= middle), await log.CountAsync(new AuditQuery { Action = "thing", From = middle }, Cancel));
        Assert.Equal(all.Count(e => e.At < middle), await log.CountAsync(new AuditQuery { Action = "thing", To = middle }, Cancel));
        Assert.Equal(["thing.done", "thing.removed"], (await log.ActionsAsync(Cancel)).Where(a => a.StartsWith("thing", StringComparison.Ordinal)));
        Assert.Contains(new AuditActor("u1", "ada@example.test"), await log.ActorsAsync(Cancel));
    }

    /// <summary>A page of a million entries is found through an index, whatever is filtered by, and nothing is sorted.</summary>
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("u1", null, null)]
    [InlineData(null, "thing.done", null)]
    [InlineData(null, "thing", null)]
    [InlineData("u1", "thing.done", null)]
    [InlineData(null, null, "t1")]
    [InlineData("u1", null, "t1")]
    public async Task A_page_is_read_in_the_order_of_an_index(string? actor, string? action, string? subject)
    {
        await using var app = PortalApp.Start(_time);
        await app.Get<AuditLog>().RecordAsync(new Actor(ActorKind.User, "u1", "ada"), "thing.done", "t1", "Thing 1", null, Cancel);
        var query = new AuditQuery
        {
            ActorId = actor,
            Action = action,
            Subject = subject,
            From = _time.GetUtcNow().AddDays(-1),
            To = _time.GetUtcNow().AddDays(1),
            After = new AuditCursor(_time.GetUtcNow(), 5),
        };

        var plan = await PlanAsync(app, query);

        Assert.Contains("SEARCH", plan, StringComparison.Ordinal);
        Assert.Contains("USING INDEX", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_found_through_its_index()
    {
        await using var app = PortalApp.Start(_time);
        await app.Get<AuditLog>().RecordAsync(new Actor(ActorKind.User, "u1", "ada"), "thing.done", "t1", "Thing 1", null, Cancel);

        var plan = await PlanAsync(app, new AuditQuery { Subject = "Thi" });

        Assert.Contains("IX_AuditEntries_SubjectName_At (SubjectName>? AND SubjectName<?)", plan, StringComparison.Ordinal);
    }

    private static async Task<List<AuditEntry>> ReadAllAsync(AuditLog log, AuditQuery query)
    {
        List<AuditEntry> read = [];
        do
        {
            var page = await log.ListAsync(query, Cancel);
            read.AddRange(page.Items);
            query = query with { After = page.Next };
        }
        while (query.After is not null);
        return read;
    }

    private static async Task<string> PlanAsync(PortalApp app, AuditQuery query)
    {
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        await db.Database.OpenConnectionAsync(Cancel);
        await using var command = (await AuditStore.PageAsync(db, query, 51, Cancel)).CreateDbCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var plan = "";
        while (await reader.ReadAsync(Cancel))
        {
            plan += reader.GetString(3) + "\n";
        }

        return plan;
    }
}
