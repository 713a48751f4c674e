using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>
/// A real Chromium, found at the usual places or through <c>FT_CHROMIUM</c>. Where there is none the test is skipped with the reason;
/// <c>FT_REQUIRE_BROWSER=1</c> makes that a failure.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] UsualPlaces =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable", "/snap/bin/chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _troubles = [];

    private Browser(IPlaywright playwright, IBrowser browser, IPage page) => (_playwright, _browser, Page) = (playwright, browser, page);

    public IPage Page { get; }

    /// <summary>Console errors, and requests to any other host.</summary>
    public IReadOnlyList<string> Troubles => _troubles;

    public static async Task<Browser> StartAsync(Uri address, int width = 1280, int height = 860, ColorScheme scheme = ColorScheme.Light, string zone = "Europe/Berlin")
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Find(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            TimezoneId = zone,
            Locale = "en-GB",
            AcceptDownloads = true,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        var page = await context.NewPageAsync();
        var session = new Browser(playwright, browser, page);
        page.SetDefaultTimeout(30_000);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                session._troubles.Add(message.Text);
            }
        };
        page.Request += (_, request) =>
        {
            if (Uri.TryCreate(request.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Authority != address.Authority)
            {
                session._troubles.Add($"request to {url.Authority}");
            }
        };
        return session;
    }

    /// <summary>Waits until the page's circuit has rendered it; before that a click on the prerendered page goes nowhere.</summary>
    public Task ConnectedAsync() => Page.WaitForFunctionAsync("() => document.documentElement.dataset.circuit === 'ready'");

    /// <summary>Asks for a page as a stranger and signs in on the way there.</summary>
    public async Task SignInAsync(string email, string password, string address = "/settings/api-keys")
    {
        await Page.GotoAsync(address);
        await SubmitSignInAsync(email, password);
    }

    /// <summary>Fills in the sign-in page that is open.</summary>
    public async Task SubmitSignInAsync(string email, string password)
    {
        await Page.GetByLabel("Email").FillAsync(email);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static string Find()
    {
        var named = Environment.GetEnvironmentVariable("FT_CHROMIUM");
        if (named is { Length: > 0 })
        {
            return File.Exists(named) ? named : throw new InvalidOperationException($"FT_CHROMIUM names '{named}', which does not exist.");
        }

        if (Array.Find(UsualPlaces, File.Exists) is { } found)
        {
            return found;
        }

        const string reason = "There is no Chromium at the usual places; set FT_CHROMIUM to one.";
        if (Environment.GetEnvironmentVariable("FT_REQUIRE_BROWSER") == "1")
        {
            throw new InvalidOperationException(reason);
        }

        Assert.Skip(reason);
        return "";
    }
}
