using FactoryThread.Portal.Data.Model;

namespace FactoryThread.Portal.Features.Accounts.People.Pages;

/// <summary>Roles in words.</summary>
internal static class RoleWords
{
    public static IReadOnlyList<PortalRole> All { get; } = [PortalRole.Viewer, PortalRole.Operator, PortalRole.Administrator];

    public static string May(PortalRole role) => role switch
    {
        PortalRole.Administrator => "may do everything",
        PortalRole.Operator => "manages keys and flows",
        _ => "sees keys, flows and their use, changes nothing",
    };

    /// <summary>What the keys of somebody lose with a change; null if nothing.</summary>
    /// <param name="to">The new role; null for being disabled.</param>
    public static string? KeysLose(PortalRole? to) => to switch
    {
        null => "Every request with them is refused from then on (owner_disabled), until the user is enabled again.",
        PortalRole.Viewer => "They can only view from then on: every execution and every change with them is refused.",
        PortalRole.Operator => "Those with full access no longer manage connections, and reach only the keys that an operator reaches.",
        _ => null,
    };
}
