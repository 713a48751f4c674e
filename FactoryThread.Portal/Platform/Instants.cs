namespace FactoryThread.Portal.Platform;

/// <summary>Time as the store keeps it.</summary>
public static class Instants
{
    /// <summary>Now, to the millisecond: what is answered at once is then what is read back later.</summary>
    public static DateTimeOffset GetStoredNow(this TimeProvider time) => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
