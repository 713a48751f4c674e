namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>Which targets a key reaches: production or sandbox.</summary>
public enum KeyEnvironment
{
    Live,
    Test,
}

/// <summary>What a key is for; it sets how often its value should change.</summary>
public enum KeyKind
{
    Production,
    Partner,
    Development,
    CiCd,
}

/// <summary>What a key can access.</summary>
public enum KeyPermission
{
    /// <summary>Execute any flow, view all executions, use the management API.</summary>
    FullAccess,

    /// <summary>Execute the selected flows and view their executions; nothing else.</summary>
    SpecificFlows,

    /// <summary>View flow definitions and executions; execute and change nothing.</summary>
    ReadOnly,
}

/// <summary>Derived from the stamps and the time, never stored.</summary>
public enum KeyStatus
{
    Active,
    Expired,
    Revoked,
    Deleted,
}

/// <summary>The words of the model, as the HTTP contract spells them and as people read them.</summary>
public static class KeyTraits
{
    public static string Label(this KeyKind kind) => kind == KeyKind.CiCd ? "CI/CD" : kind.ToString();

    public static string Label(this KeyPermission permission) => permission switch
    {
        KeyPermission.FullAccess => "All flows",
        KeyPermission.SpecificFlows => "Specific flows",
        _ => "Read-only",
    };

    public static string Code(this KeyEnvironment environment) => environment == KeyEnvironment.Live ? "live" : "test";

    public static string Code(this KeyStatus status) => status switch
    {
        KeyStatus.Active => "active",
        KeyStatus.Expired => "expired",
        KeyStatus.Revoked => "revoked",
        _ => "deleted",
    };

    public static string Code(this KeyPermission permission) => permission switch
    {
        KeyPermission.FullAccess => "full_access",
        KeyPermission.SpecificFlows => "specific_flows",
        _ => "read_only",
    };

    public static string Code(this KeyKind kind) => kind switch
    {
        KeyKind.Production => "production",
        KeyKind.Partner => "partner",
        KeyKind.Development => "development",
        _ => "ci_cd",
    };
}
