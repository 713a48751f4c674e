using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>What is wrong with a field, below it. It takes the focus when it appears, so that it is seen also at the end of a long form.</summary>
public sealed partial class FieldError
{
    private ElementReference _element;
    private string? _shown;

    [Parameter]
    [EditorRequired]
    public string Id { get; set; } = "";

    [Parameter]
    public string? Text { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        var isNew = Text is not null && Text != _shown;
        _shown = Text;
        if (isNew)
        {
            await _element.FocusAsync();
        }
    }
}
