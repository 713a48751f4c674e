using Microsoft.AspNetCore.Components.Rendering;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>
/// Gives back the memory of what a component showed before. Blazor keeps two trees for each, the shown one and the one before it, which it
/// clears only when the component renders again: of an open page with a long table that is the larger part.
/// </summary>
internal sealed class EarlierRendering
{
    private RenderTreeBuilder? _before;
    private RenderTreeBuilder? _shown;

    /// <summary>At the start of each rendering, with the builder it writes to.</summary>
    public void Note(RenderTreeBuilder builder) => (_before, _shown) = (_shown, builder);

    /// <summary>From <see cref="Microsoft.AspNetCore.Components.ComponentBase.OnAfterRender(bool)"/>, when the two have been compared.</summary>
    public void Release()
    {
        // The same one twice in a row: the rendering in between failed, and the other one is shown.
        if (_before != _shown)
        {
            _before?.Clear();
        }
    }
}
