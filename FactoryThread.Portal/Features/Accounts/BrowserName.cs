namespace FactoryThread.Portal.Features.Accounts;

/// <summary>
/// What a person calls their browser, such as “Firefox on Windows”, by the marks that browsers put into the User-Agent header
/// (<see href="https://developer.mozilla.org/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent">MDN</see>). Only to be read: anybody
/// can send anything.
/// </summary>
internal static class BrowserName
{
    // In this order, here and below: many also bear the marks of those further down, as which they want to be taken.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
    ];

    /// <returns>The header itself if it bears none of the marks; null if there is none.</returns>
    public static string? Of(string? userAgent)
        => (Find(Browsers, userAgent), Find(Systems, userAgent)) switch
        {
            ({ } browser, { } system) => $"{browser} on {system}",
            ({ } browser, null) => browser,
            _ => userAgent,
        };

    private static string? Find((string Mark, string Name)[] marks, string? userAgent)
        => marks.FirstOrDefault(m => userAgent?.Contains(m.Mark, StringComparison.Ordinal) == true).Name;
}
