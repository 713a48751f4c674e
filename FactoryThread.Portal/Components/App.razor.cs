using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace FactoryThread.Portal.Components;

/// <summary>The page around every screen. It alone sees the request, and takes from its cookies what the browser's scripts left there.</summary>
public sealed partial class App
{
    private string _theme = BrowserTheme.System;
    private string? _timeZone;

    [CascadingParameter]
    private HttpContext HttpContext { get; set; } = null!;

    /// <summary>Everything is interactive except the pages that set cookies: those say <c>[ExcludeFromInteractiveRouting]</c>.</summary>
    private IComponentRenderMode? PageMode => HttpContext.AcceptsInteractiveRouting() ? RenderMode.InteractiveServer : null;

    protected override void OnInitialized()
    {
        _theme = BrowserTheme.Of(HttpContext.Request);
        _timeZone = HttpContext.Request.Cookies["tz"];
    }
}
