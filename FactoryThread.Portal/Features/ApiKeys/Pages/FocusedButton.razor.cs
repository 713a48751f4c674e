using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A quiet button that takes the focus as soon as it stands in the page.</summary>
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
