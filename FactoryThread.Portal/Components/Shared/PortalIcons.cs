using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>The portal's icons, drawn as lines on a 24 × 24 grid, for everything that takes a MudBlazor icon.</summary>
public static class PortalIcons
{
    private static readonly ConcurrentDictionary<string, MarkupString> Drawings = new();

    private const string Open = """<g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">""";
    private const string Close = "</g>";

    /// <summary>Two ends of a thread: the product's mark.</summary>
    public const string Brand = Open + """<path d="M4 18c6 0 4-12 10-12 3 0 4 2 4 4s-1 4-4 4-4-2-4-4"/><circle cx="4" cy="18" r="1.5"/>""" + Close;

    public const string Home = Open + """<path d="M4 11l8-7 8 7M6 10v10h12V10M10 20v-6h4v6"/>""" + Close;

    public const string Key = Open + """<circle cx="8" cy="15" r="4"/><path d="m11 12 9-9M17 6l3 3"/>""" + Close;

    public const string Flow = Open + """<circle cx="5" cy="6" r="2"/><circle cx="19" cy="18" r="2"/><path d="M7 6h6a4 4 0 0 1 4 4v6"/>""" + Close;

    public const string Run = Open + """<path d="M6 4l14 8-14 8z"/>""" + Close;

    /// <summary>Three bars: usage.</summary>
    public const string Chart = Open + """<path d="M4 20h16M7 16v-5M12 16V5M17 16V9"/>""" + Close;

    public const string Plug = Open + """<path d="M9 2v6m6-6v6M6 8h12v4a6 6 0 0 1-12 0zM12 18v4"/>""" + Close;

    /// <summary>Two sliders: settings.</summary>
    public const string Settings = Open + """<path d="M4 7h9M19 7h1M4 17h1M11 17h9"/><circle cx="16" cy="7" r="3"/><circle cx="8" cy="17" r="3"/>""" + Close;

    public const string Users = Open + """<circle cx="9" cy="8" r="4"/><path d="M2 21c0-4 3-6 7-6s7 2 7 6M17 4a4 4 0 0 1 0 8m2 3c2 1 3 3 3 6"/>""" + Close;

    public const string User = Open + """<circle cx="12" cy="8" r="4"/><path d="M4 21c0-4 3-6 8-6s8 2 8 6"/>""" + Close;

    public const string Log = Open + """<path d="M5 3h14v18H5zM9 8h6M9 12h6M9 16h4"/>""" + Close;

    public const string Check = Open + """<path d="M20 6 9 17l-5-5"/>""" + Close;

    public const string Cross = Open + """<path d="M18 6 6 18M6 6l12 12"/>""" + Close;

    /// <summary>A filled dot: active.</summary>
    public const string Dot = Open + """<circle cx="12" cy="12" r="6" fill="currentColor"/>""" + Close;

    public const string Clock = Open + """<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 2"/>""" + Close;

    public const string Alert = Open + """<path d="M12 3 2 20h20zM12 10v4M12 17v.01"/>""" + Close;

    public const string Bell = Open + """<path d="M6 9a6 6 0 0 1 12 0c0 6 2 7 2 8H4c0-1 2-2 2-8zM10 21h4"/>""" + Close;

    public const string Info = Open + """<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 8v.01"/>""" + Close;

    /// <summary>A question mark in a circle.</summary>
    public const string Help = Open + """<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.01"/>""" + Close;

    /// <summary>A key of a keyboard.</summary>
    public const string Keyboard = Open + """<rect x="2" y="6" width="20" height="12" rx="2"/><path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8"/>""" + Close;

    public const string Copy = Open + """<rect x="9" y="9" width="12" height="12" rx="2"/><path d="M5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1"/>""" + Close;

    public const string Download = Open + """<path d="M12 3v12m-5-5 5 5 5-5M4 21h16"/>""" + Close;

    public const string Plus = Open + """<path d="M12 5v14M5 12h14"/>""" + Close;

    public const string Search = Open + """<circle cx="11" cy="11" r="7"/><path d="m21 21-5-5"/>""" + Close;

    /// <summary>Three dots: a row's menu.</summary>
    public const string More = Open + """<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3"/>""" + Close;

    public const string Menu = Open + """<path d="M4 6h16M4 12h16M4 18h16"/>""" + Close;

    public const string Edit = Open + """<path d="M4 20h4L20 8l-4-4L4 16zM14 6l4 4"/>""" + Close;

    /// <summary>Two arrows in a circle: a new value, or load again.</summary>
    public const string Refresh = Open + """<path d="M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5"/>""" + Close;

    /// <summary>A barred circle: revoke.</summary>
    public const string Ban = Open + """<circle cx="12" cy="12" r="9"/><path d="m6 6 12 12"/>""" + Close;

    public const string Trash = Open + """<path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5"/>""" + Close;

    public const string Eye = Open + """<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>""" + Close;

    public const string ChevronDown = Open + """<path d="m6 9 6 6 6-6"/>""" + Close;

    public const string ChevronLeft = Open + """<path d="m15 6-6 6 6 6"/>""" + Close;

    public const string ChevronRight = Open + """<path d="m9 6 6 6-6 6"/>""" + Close;

    public const string SignOut = Open + """<path d="M10 4H4v16h6M15 8l4 4-4 4M19 12H9"/>""" + Close;

    public const string Lock = Open + """<rect x="5" y="11" width="14" height="10" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>""" + Close;

    /// <summary>An icon of this class beside a word, hidden from screen readers. Markup, not a <c>MudIcon</c>: an open page keeps 2 KB for each component.</summary>
    public static MarkupString Draw(string icon) => Drawings.GetOrAdd(icon, static drawing => new MarkupString(
        $"""<svg class="mud-icon-root mud-svg-icon mud-icon-size-medium" focusable="false" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>"""));
}
