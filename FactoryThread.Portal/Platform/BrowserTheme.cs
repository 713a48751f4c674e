namespace FactoryThread.Portal.Platform;

/// <summary>The theme that the viewer chose, kept by <c>theme.js</c> in a cookie.</summary>
internal static class BrowserTheme
{
    /// <summary>As the viewer's system has it.</summary>
    public const string System = "system";

    /// <summary><c>light</c>, <c>dark</c> or <see cref="System"/>, whatever else the cookie says.</summary>
    public static string Of(HttpRequest request) => request.Cookies["theme"] is "light" or "dark" ? request.Cookies["theme"]! : System;
}
