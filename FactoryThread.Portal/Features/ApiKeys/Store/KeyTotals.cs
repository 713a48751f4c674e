using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Workspace.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace FactoryThread.Portal.Features.ApiKeys.Store;

/// <summary>
/// Numbers over many keys, which each page of the list shows and which cost milliseconds with 100,000 of them: counted once until a key or
/// the settings change, in whichever process, and anew each half a minute, since time itself makes keys expire.
/// </summary>
public sealed class KeyTotals(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(30);

    private static readonly Func<PortalDbContext, CancellationToken, Task<long>> ReadVersion = EF.CompileAsyncQuery(
        (PortalDbContext db, CancellationToken _) => db.Set<StoreVersion>().Select(v => v.Version).Single());

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = 1000 });

    /// <param name="what">Tells what is counted, and whose keys, by its equality.</param>
    public async Task<T> GetAsync<T>(PortalDbContext db, WorkspaceSettings settings, object what, Func<Task<T>> count, CancellationToken cancellationToken)
        where T : notnull
    {
        var version = await ReadVersion(db, cancellationToken);
        var key = (version, settings.Version, time.GetUtcNow().Ticks / Lasts.Ticks, what);
        return (await _cache.GetOrCreateAsync(key, entry =>
        {
            entry.SetSize(1).SetAbsoluteExpiration(Lasts);
            return count();
        }))!;
    }

    public void Dispose() => _cache.Dispose();
}
