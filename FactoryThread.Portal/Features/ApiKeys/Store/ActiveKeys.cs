using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Store;

internal static class ActiveKeys
{
    /// <summary>Those that are neither deleted nor revoked nor expired: <see cref="ApiKey.StatusAt"/> as a condition for the database.</summary>
    public static IQueryable<ApiKey> ActiveAt(this IQueryable<ApiKey> keys, DateTimeOffset now)
        => keys.Where(k => k.DeletedAt == null && k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now));
}
