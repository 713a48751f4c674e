namespace FactoryThread.Portal.Data.Model;

/// <summary>What a person may do; each role may all that the ones before it may.</summary>
public enum PortalRole
{
    /// <summary>Sees every key, flow and request, may export them, and changes nothing.</summary>
    Viewer,

    /// <summary>Manages keys and flows: their own keys, or all if the workspace says so.</summary>
    Operator,

    /// <summary>Everything, connections, users and settings included.</summary>
    Administrator,
}

public static class PortalRoleExtensions
{
    /// <summary>Somebody with this role reaches every key, not only those they own.</summary>
    /// <param name="operatorsReachAllKeys">The workspace's setting.</param>
    public static bool ReachesAllKeys(this PortalRole role, bool operatorsReachAllKeys) => role != PortalRole.Operator || operatorsReachAllKeys;
}
