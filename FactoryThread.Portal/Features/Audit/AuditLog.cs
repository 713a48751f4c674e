using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Audit.Store;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Audit;

/// <summary>The record of who did what. A service adds its entry to the context of its own change, so that one transaction holds both.</summary>
public sealed class AuditLog(TimeProvider time, IDbContextFactory<PortalDbContext> contexts)
{
    private const int RowsPerRead = 1000;

    // Readable in exports; where a page shows it, the page escapes it.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="db">The context whose SaveChanges commits the change that is being recorded.</param>
    /// <param name="details">An object written as JSON; never a secret.</param>
    public void Append(PortalDbContext db, Actor actor, string action, string subjectId, string subjectName, object? details = null)
        => db.Add(Entry(actor, action, subjectId, subjectName, details));

    /// <summary>Records what changes nothing by itself, such as an export, before it is done.</summary>
    /// <returns>The id of the entry.</returns>
    public async Task<long> RecordAsync(Actor actor, string action, string subjectId, string subjectName, object? details, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var entry = Entry(actor, action, subjectId, subjectName, details);
        db.Add(entry);
        await db.SaveChangesAsync(cancellationToken);
        return entry.Id;
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<AuditEntry>> ForSubjectAsync(string subjectType, string subjectId, int skip, int take, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var entries = db.Set<AuditEntry>().AsNoTracking().Where(e => e.SubjectType == subjectType && e.SubjectId == subjectId);
        var total = await entries.CountAsync(cancellationToken);
        var items = await AuditStore.NewestFirst(entries).Skip(skip).Take(take).ToListAsync(cancellationToken);
        return new Page<AuditEntry>(items, total);
    }

    public async Task<AuditPage> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await AuditStore.ListAsync(db, query, cancellationToken);
    }

    public async Task<long> CountAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await AuditStore.CountAsync(db, query, cancellationToken);
    }

    /// <summary>All entries of a query, read piece by piece: neither memory nor an open read grows with them or with a slow reader.</summary>
    public async IAsyncEnumerable<AuditEntry> RowsAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = query.After;
        do
        {
            var page = await ListAsync(query with { After = after, Take = RowsPerRead }, cancellationToken);
            foreach (var entry in page.Items)
            {
                yield return entry;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>By name; the first 200 by id if there are more.</summary>
    public async Task<IReadOnlyList<AuditActor>> ActorsAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return [.. (await AuditStore.ActorsAsync(db, cancellationToken)).OrderBy(a => a.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Every action there is an entry of, in alphabetical order.</summary>
    public async Task<IReadOnlyList<string>> ActionsAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await AuditStore.ActionsAsync(db, cancellationToken);
    }

    /// <summary>Recomputes every hash from the first entry on; a million take a few seconds.</summary>
    public async Task<AuditChainState> VerifyAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await AuditChain.VerifyAsync(db, cancellationToken);
    }

    private AuditEntry Entry(Actor actor, string action, string subjectId, string subjectName, object? details)
        => AuditEntry.Create(time.GetStoredNow(), actor, action, subjectId, subjectName, details is null ? null : JsonSerializer.Serialize(details, Json));
}
