using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Model;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Incidents.Store;

/// <summary>An issued value and its key, found by hash.</summary>
internal sealed record IssuedValue(
    KeyHash Hash,
    long SecretId,
    string Hint,
    string KeyId,
    string Name,
    string OwnerId,
    KeyEnvironment Environment,
    KeyStatus Status,
    bool Replaced)
{
    public bool Works => Status == KeyStatus.Active && !Replaced;
}

/// <summary>Reads what is known of leaked values.</summary>
internal static class LeakStore
{
    private const int HashesPerRead = 400;
    private const int MostReports = 200;

    public static async Task<Dictionary<KeyHash, IssuedValue>> FindAsync(
        PortalDbContext db, IReadOnlyCollection<KeyHash> hashes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = new Dictionary<KeyHash, IssuedValue>();
        foreach (var some in hashes.Select(h => h.ToBytes()).Chunk(HashesPerRead))
        {
            var rows = await (from secret in db.Set<ApiKeySecret>().AsNoTracking()
                              join key in db.Set<ApiKey>().AsNoTracking() on secret.KeyId equals key.Id
                              where some.Contains(secret.Hash)
                              select new { secret.Hash, secret.Id, secret.Hint, secret.ValidUntil, Key = key }).ToListAsync(cancellationToken);
            foreach (var row in rows)
            {
                var hash = KeyHash.FromBytes(row.Hash);
                found[hash] = new IssuedValue(
                    hash, row.Id, row.Hint, row.Key.Id, row.Key.Name, row.Key.OwnerId, row.Key.Environment, row.Key.StatusAt(now), row.ValidUntil <= now);
            }
        }

        return found;
    }

    /// <summary>Reports that nobody has dismissed, newest first; of one key if it is named, and of one owner's keys.</summary>
    public static async Task<List<LeakReportView>> OpenReportsAsync(
        PortalDbContext db, string? keyId, string? ownerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await (from report in db.Set<LeakReport>().AsNoTracking()
                          join key in db.Set<ApiKey>().AsNoTracking() on report.KeyId equals key.Id
                          join secret in db.Set<ApiKeySecret>().AsNoTracking() on report.SecretId equals secret.Id
                          where report.DismissedAt == null && (keyId == null || report.KeyId == keyId) && (ownerId == null || key.OwnerId == ownerId)
                          orderby report.ReceivedAt descending, report.Id descending
                          select new { Report = report, Key = key, secret.ValidUntil }).Take(MostReports).ToListAsync(cancellationToken);
        return [.. rows.Select(r => new LeakReportView(r.Report, r.Key.Name, r.Key.StatusAt(now) == KeyStatus.Active && !(r.ValidUntil <= now)))];
    }
}
