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

/// <summary>The menu behind three dots. Its lines exist only while it is open: a long list would otherwise carry hundreds of them.</summary>
public sealed partial class KeyMenu : IAsyncDisposable
{
    private readonly string _id = $"menu-{Guid.NewGuid():n}";
    private ElementReference _button;
    private ElementReference _menu;
    private IJSObjectReference? _module;
    private bool _open;
    private bool _opened;

    [Inject]
    private IJSRuntime Browser { get; set; } = null!;

    /// <summary>Such as <c>Actions for erp-order-sync</c>.</summary>
    [Parameter]
    [EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<KeyMenuItem> Items { get; set; } = [];

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
        if (_opened)
        {
            _opened = false;
            _module ??= await Browser.InvokeAsync<IJSObjectReference>("import", "./Features/ApiKeys/Pages/KeyMenu.razor.js");
            await _module.InvokeVoidAsync("attach", _menu);
        }
    }

    private void Toggle() => _opened = _open = !_open;

    private void Close() => _open = false;

    private async Task CloseOnKeyAsync(KeyboardEventArgs pressed)
    {
        if (pressed.Key is "Escape" or "Tab")
        {
            _open = false;
            await _button.FocusAsync();
        }
    }

    private async Task ChooseAsync(KeyMenuItem item)
    {
        _open = false;

        // A dialog gives the focus back to where it was; that is this button, since the line is about to vanish.
        await _button.FocusAsync();
        await OnChosen.InvokeAsync(item.Action);
    }
}
