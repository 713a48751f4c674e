using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Something happened in a row of the keys' table.</summary>
public sealed class RowEventArgs : EventArgs
{
    /// <summary>Of the row's menu button; null if what happened is not about the row, such as a click on a link in it.</summary>
    public string? Id { get; set; }

    /// <summary>The row's box is ticked now.</summary>
    public bool On { get; set; }
}

/// <summary>
/// Events of the rows of the keys' table for a handler on the table, defined in <c>portal.js</c>: <c>onrowmenu</c> when a menu button is pressed,
/// <c>onrowpick</c> when a box is ticked or cleared. An open page keeps 300 bytes for each handler, and twice as much from its second rendering
/// on; in return each click in the table is a message to the server.
/// </summary>
[EventHandler("onrowmenu", typeof(RowEventArgs))]
[EventHandler("onrowpick", typeof(RowEventArgs))]
public static class EventHandlers
{
}
