namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>Counted requests of one key.</summary>
/// <param name="Today">In the current UTC day.</param>
/// <param name="Seconds">In each of the last 60 seconds that has any: Unix second and count.</param>
public sealed record LimitUse(long Today, IReadOnlyList<(long Second, int Count)> Seconds);
