using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Components;

/// <summary>Finds the page for an address and turns away who may not see it.</summary>
public sealed partial class Routes
{
    [Inject]
    private BrowserTime Time { get; set; } = null!;

    /// <summary>The viewer's zone as the browser told it at an earlier visit; spares the first rendering in UTC.</summary>
    [Parameter]
    public string? TimeZone { get; set; }

    protected override void OnInitialized() => Time.TrySetZone(TimeZone);
}
