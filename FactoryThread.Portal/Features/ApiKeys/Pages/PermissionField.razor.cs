using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>What a key may do, and for Specific flows which ones.</summary>
public sealed partial class PermissionField
{
    private static readonly (KeyPermission Permission, string Explanation)[] Options =
    [
        (KeyPermission.FullAccess, "Run any flow, see all executions, use the management API."),
        (KeyPermission.SpecificFlows, "Run the flows you pick and see their executions. Nothing else."),
        (KeyPermission.ReadOnly, "See flows and executions. Cannot run or change anything."),
    ];

    private readonly string _id = $"permission-{Guid.NewGuid():n}";
    private string _search = "";

    [Parameter]
    [EditorRequired]
    public KeyDraft Draft { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<Flow> Flows { get; set; } = [];

    [Parameter]
    public string? PermissionError { get; set; }

    [Parameter]
    public string? FlowsError { get; set; }

    private IEnumerable<Flow> Found => string.IsNullOrWhiteSpace(_search)
        ? Flows
        : Flows.Where(f => f.Name.Contains(_search.Trim(), StringComparison.CurrentCultureIgnoreCase) || f.Id.Contains(_search.Trim(), StringComparison.OrdinalIgnoreCase));

    private string NameOf(string id) => Flows.FirstOrDefault(f => f.Id == id)?.Name ?? id;

    private void Toggle(string id)
    {
        if (!Draft.Flows.Remove(id))
        {
            Draft.Flows.Add(id);
        }
    }
}
