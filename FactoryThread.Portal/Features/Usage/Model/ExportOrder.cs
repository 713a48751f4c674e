namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>The file formats of an export.</summary>
public enum ExportFormat
{
    Csv,
    Json,
}

/// <summary>Whose usage: one key's, or that of every key that somebody may see.</summary>
/// <param name="KeyId">Null for the workspace.</param>
/// <param name="OwnerId">Of the workspace only this user's keys; null for all.</param>
/// <param name="Name">For the name of the file.</param>
public sealed record UsageScope(string? KeyId, string? OwnerId, string Name)
{
    public bool IsWorkspace => KeyId is null;

    public static UsageScope OfKey(string id, string name) => new(id, null, name);

    public static UsageScope Workspace(string? ownerId = null) => new(null, ownerId, "workspace");
}

/// <summary>What to export.</summary>
/// <param name="Requests">The log's requests one by one; otherwise counts per bucket of the range, key and flow.</param>
public sealed record ExportOrder(UsageScope Scope, UsageRange Range, bool Requests, ExportFormat Format)
{
    /// <summary>As the address says it.</summary>
    public string By => Requests ? "request" : Range.By == UsageStep.Hour ? "hour" : "day";
}
