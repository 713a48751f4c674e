using System.Net;
using System.Net.WebSockets;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed class OpenSocketTests
{
    private const int Pages = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The request of a live page's web socket lasts as long as the page; what checked its session must not.</summary>
    [Fact]
    public async Task An_open_page_keeps_no_connection_to_the_database()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Open files are counted in /proc.");
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var app = PortalApp.Start(time);
        using var admin = await app.SignInAsync();
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = app.Address };
        using var signedIn = await http.SubmitAsync(
            SignInSession.SignInPath, "sign-in", new() { ["Input.Email"] = SignedInClient.AdminEmail, ["Input.Password"] = SignedInClient.AdminPassword });
        var cookie = cookies.GetCookieHeader(app.Address);

        // From now on each request has its session looked up.
        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));
        var sockets = new List<ClientWebSocket> { await OpenAsync() };
        var before = OpenFiles();
        while (sockets.Count < Pages)
        {
            sockets.Add(await OpenAsync());
        }

        var after = OpenFiles();
        sockets.ForEach(socket => socket.Dispose());
        Assert.True(after - before < Pages / 2, $"{before} handles of the database with one page open, {after} with {Pages}.");

        async Task<ClientWebSocket> OpenAsync()
        {
            var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Cookie", cookie);
            await socket.ConnectAsync(new UriBuilder(app.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, Cancel);
            return socket;
        }

        int OpenFiles() => Directory.EnumerateFiles("/proc/self/fd").Count(file => Target(file) == Path.Combine(app.DataDirectory, "portal.db"));
    }

    /// <summary>Null for one that was closed meanwhile.</summary>
    private static string? Target(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
