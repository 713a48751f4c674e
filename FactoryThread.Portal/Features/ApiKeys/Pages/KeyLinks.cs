using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Addresses of the keys' pages, and what a key's state lets one do.</summary>
public static class KeyLinks
{
    public const string List = "/settings/api-keys";

    /// <summary>The list with the dialog for a new key open.</summary>
    public const string Create = List + "?name=";

    /// <summary>The same, for a key that may execute this flow.</summary>
    public static string CreateFor(string flowId) => $"{Create}&permission={KeyPermission.SpecificFlows.Code()}&flow={Uri.EscapeDataString(flowId)}";

    public static string Details(string id) => $"{List}/{Uri.EscapeDataString(id)}";

    /// <summary>A revoked key cannot change or come back; a deleted one can only be looked at and copied from.</summary>
    public static bool May(KeyAction action, KeyStatus status) => action switch
    {
        KeyAction.Edit or KeyAction.Regenerate or KeyAction.Revoke or KeyAction.ReportCompromised => status is KeyStatus.Active or KeyStatus.Expired,
        KeyAction.Delete => status != KeyStatus.Deleted,
        _ => true,
    };

    /// <summary>The least role that may change a key of such an owner or get at its value: nobody comes by the rights of somebody who may more.</summary>
    public static PortalRole LeastToChange(PortalRole owner) => owner > PortalRole.Operator ? owner : PortalRole.Operator;

    public static IReadOnlyList<KeyMenuItem> RowMenu(ApiKeySummary key, PortalRole role) =>
    [
        .. new KeyMenuItem[]
        {
            new("Details", PortalIcons.Eye, KeyAction.Details),
            new("Edit", PortalIcons.Edit, KeyAction.Edit),
            new("Regenerate", PortalIcons.Refresh, KeyAction.Regenerate),
            new("Duplicate", PortalIcons.Plus, KeyAction.Duplicate),
            new("Copy id", PortalIcons.Copy, KeyAction.Details, Copies: key.Id),
            new("Revoke", PortalIcons.Ban, KeyAction.Revoke, Danger: true),
            new("Report compromised", PortalIcons.Alert, KeyAction.ReportCompromised, Danger: true),
            new("Delete", PortalIcons.Trash, KeyAction.Delete, Danger: true),
        }.Where(item => May(item.Action, key.Status) && item.Action switch
        {
            KeyAction.Details => true,
            KeyAction.Edit or KeyAction.Regenerate => role >= LeastToChange(key.OwnerRole),
            _ => role >= PortalRole.Operator,
        }),
    ];
}
