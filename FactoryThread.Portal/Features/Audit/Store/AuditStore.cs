using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Audit.Store;

/// <summary>Reads the record. Everything filters, sorts and pages in the database.</summary>
internal static class AuditStore
{
    /// <summary>Actors that are offered for choosing; there may be thousands of keys among them.</summary>
    private const int MostActors = 200;

    public static async Task<AuditPage> ListAsync(PortalDbContext db, AuditQuery query, CancellationToken cancellationToken)
    {
        var take = Math.Clamp(query.Take, 1, 1000);
        var rows = await (await PageAsync(db, query, take + 1, cancellationToken)).ToListAsync(cancellationToken);
        if (rows.Count <= take)
        {
            return new AuditPage(rows, null);
        }

        rows.RemoveAt(take);
        return new AuditPage(rows, new AuditCursor(rows[^1].At, rows[^1].Id));
    }

    internal static async Task<IQueryable<AuditEntry>> PageAsync(PortalDbContext db, AuditQuery query, int rows, CancellationToken cancellationToken)
    {
        var entries = await FilterAsync(db, query, cancellationToken);
        if (query.After is { } after)
        {
            entries = entries.Where(e => e.At <= after.At && (e.At < after.At || e.Id < after.Id));
        }

        return NewestFirst(entries).Take(rows);
    }

    public static async Task<long> CountAsync(PortalDbContext db, AuditQuery query, CancellationToken cancellationToken)
        => await (await FilterAsync(db, query, cancellationToken)).LongCountAsync(cancellationToken);

    public static IOrderedQueryable<AuditEntry> NewestFirst(IQueryable<AuditEntry> entries) => entries.OrderByDescending(e => e.At).ThenByDescending(e => e.Id);

    /// <summary>Everybody who ever acted, by jumping from one to the next in the index.</summary>
    public static Task<List<AuditActor>> ActorsAsync(PortalDbContext db, CancellationToken cancellationToken)
        => db.Database.SqlQueryRaw<AuditActor>($"""
            WITH RECURSIVE actor(Id) AS (
                SELECT min(ActorId) FROM AuditEntries
                UNION ALL
                SELECT (SELECT min(ActorId) FROM AuditEntries WHERE ActorId > actor.Id) FROM actor WHERE actor.Id IS NOT NULL LIMIT {MostActors})
            SELECT Id, (SELECT ActorName FROM AuditEntries WHERE ActorId = actor.Id ORDER BY At DESC LIMIT 1) AS Name FROM actor WHERE Id IS NOT NULL
            """).ToListAsync(cancellationToken);

    /// <summary>Every action that ever happened, likewise.</summary>
    public static Task<List<string>> ActionsAsync(PortalDbContext db, CancellationToken cancellationToken)
        => db.Database.SqlQueryRaw<string>("""
            WITH RECURSIVE action(Value) AS (
                SELECT min(Action) FROM AuditEntries
                UNION ALL
                SELECT (SELECT min(Action) FROM AuditEntries WHERE Action > action.Value) FROM action WHERE action.Value IS NOT NULL)
            SELECT Value FROM action WHERE Value IS NOT NULL
            """).ToListAsync(cancellationToken);

    private static async Task<IQueryable<AuditEntry>> FilterAsync(PortalDbContext db, AuditQuery query, CancellationToken cancellationToken)
    {
        var entries = db.Set<AuditEntry>().AsNoTracking();
        if (query.Subject?.Trim() is { Length: > 0 } subject)
        {
            if (await entries.AnyAsync(e => e.SubjectId == subject, cancellationToken))
            {
                entries = entries.Where(e => e.SubjectId == subject);
            }
            else
            {
                // Without being told, SQLite might walk all entries in their order to find a few.
                var end = subject + '\uffff';
                entries = db.Set<AuditEntry>().FromSqlRaw($"SELECT * FROM AuditEntries INDEXED BY {AuditConfiguration.NameIndex}").AsNoTracking()
#pragma warning disable CA1309 // Runs in the database, where the column's own collation compares.
                    .Where(e => string.Compare(e.SubjectName, subject) >= 0 && string.Compare(e.SubjectName, end) < 0);
#pragma warning restore CA1309
            }
        }

        if (query.ActorId is { } actor)
        {
            entries = entries.Where(e => e.ActorId == actor);
        }

        if (query.Action is { } action)
        {
            entries = action.Contains('.', StringComparison.Ordinal) ? entries.Where(e => e.Action == action) : entries.Where(e => e.SubjectType == action);
        }

        if (query.From is { } from)
        {
            entries = entries.Where(e => e.At >= from);
        }

        if (query.To is { } to)
        {
            entries = entries.Where(e => e.At < to);
        }

        return query.UpToId is { } last ? entries.Where(e => e.Id <= last) : entries;
    }
}
