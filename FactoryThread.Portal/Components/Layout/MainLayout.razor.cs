using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Components.Layout;

/// <summary>Sidebar and frame of every page for people who are signed in.</summary>
public sealed partial class MainLayout
{
    private ErrorBoundary? _boundary;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private IJSRuntime Browser { get; set; } = null!;

    // A fault belongs to the page it happened on, not to the one a person goes to next.
    protected override void OnParametersSet() => _boundary?.Recover();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        try
        {
            await Time.StartAsync(Browser);
        }
        catch (JSDisconnectedException)
        {
            // The person left before the page was ready.
        }
    }

    private void Recover() => _boundary?.Recover();
}
