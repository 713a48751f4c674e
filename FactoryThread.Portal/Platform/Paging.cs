namespace FactoryThread.Portal.Platform;

/// <summary>One page of a list and how many rows there are in all.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total);
