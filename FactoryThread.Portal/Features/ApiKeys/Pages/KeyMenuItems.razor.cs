using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>What may be done to a key.</summary>
public enum KeyAction
{
    Details,
    Edit,
    Regenerate,
    Revoke,
    ReportCompromised,
    Delete,
    Duplicate,
}

/// <summary>One line of a key's menu.</summary>
/// <param name="Copies">The line copies this text, in the browser, instead of doing an action.</param>
public sealed record KeyMenuItem(string Text, string Icon, KeyAction Action, bool Danger = false, string? Copies = null);

/// <summary>The lines of the menu behind three dots; there only while it is open, since a long list would otherwise carry hundreds of them.</summary>
public sealed partial class KeyMenuItems : IAsyncDisposable
{
    private ElementReference _menu;
    private IJSObjectReference? _module;

    [Inject]
    private IJSRuntime Browser { get; set; } = null!;

    /// <summary>The button that opened the menu and gets the focus back.</summary>
    [Parameter]
    [EditorRequired]
    public string ButtonId { get; set; } = "";

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<KeyMenuItem> Items { get; set; } = [];

    [Parameter]
    public EventCallback OnClose { get; set; }

    [Parameter]
    public EventCallback<KeyAction> OnChosen { get; set; }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The page is gone.
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _module = await Browser.InvokeAsync<IJSObjectReference>("import", "./Features/ApiKeys/Pages/KeyMenuItems.razor.js");
            await _module.InvokeVoidAsync("attach", _menu);
        }
    }

    private async Task CloseOnKeyAsync(KeyboardEventArgs pressed)
    {
        if (pressed.Key is "Escape" or "Tab")
        {
            await LeaveAsync();
        }
    }

    private async Task ChooseAsync(KeyMenuItem item)
    {
        // A dialog gives the focus back to where it was; that is the button, since the line is about to vanish.
        await LeaveAsync();
        await OnChosen.InvokeAsync(item.Action);
    }

    private async Task LeaveAsync()
    {
        if (_module is not null)
        {
            await _module.InvokeVoidAsync("leave", ButtonId);
        }

        await OnClose.InvokeAsync();
    }
}
