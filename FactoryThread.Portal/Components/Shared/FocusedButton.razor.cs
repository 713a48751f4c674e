using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>
/// A quiet button that takes the focus as soon as it stands in the page. Inside a dialog it does so after the focus trap has noted where
/// the focus was, so that closing the dialog gives it back.
/// </summary>
public sealed partial class FocusedButton
{
    private MudButton? _button;

    [Parameter]
    [EditorRequired]
    public string Text { get; set; } = "";

    [Parameter]
    public EventCallback OnClick { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && _button is not null)
        {
            await _button.FocusAsync();
        }
    }
}
