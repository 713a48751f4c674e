using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>Shows its content to people with at least this role. It only spares them useless buttons; the services decide.</summary>
public sealed class ForRole : ComponentBase
{
    private bool? _shown;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Parameter]
    public PortalRole Least { get; set; } = PortalRole.Operator;

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>What everybody else sees.</summary>
    [Parameter]
    public RenderFragment? Otherwise { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        try
        {
            _shown = await User.IsAtLeastAsync(Least);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            // The page around it tells of the fault; the next rendering asks again.
            _shown = null;
        }
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        if (_shown is { } shown)
        {
            builder.AddContent(0, shown ? ChildContent : Otherwise);
        }
    }
}
