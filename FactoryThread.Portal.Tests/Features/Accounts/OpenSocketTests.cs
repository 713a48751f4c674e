using System.Net;
using System.Net.WebSockets;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed class OpenSocketTests
{
    private const int Pages = 24;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The request of a live page's web socket lasts as long as the page; what checked its session must not.</summary>
    [Fact]
    public async Task An_open_page_keeps_no_database_context()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var logs = new CapturedLogs();
        await using var app = PortalApp.Start(
            time,
            new() { ["Logging:LogLevel:Microsoft.EntityFrameworkCore.Infrastructure"] = "Debug" },
            services => services.AddSingleton<ILoggerProvider>(logs));
        (await app.Get<UserService>().AddFirstAsync(SignedInClient.AdminEmail, SignedInClient.AdminPassword, address: null, Cancel)).Require();
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = app.Address };
        using var signedIn = await http.SubmitAsync(
            SignInSession.SignInPath, "sign-in", new() { ["Input.Email"] = SignedInClient.AdminEmail, ["Input.Password"] = SignedInClient.AdminPassword });
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        var cookie = cookies.GetCookieHeader(app.Address);

        // From now on each request with this cookie has its session looked up, and gets a new one.
        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));
        using var plain = app.Http();
        plain.DefaultRequestHeaders.Add("Cookie", cookie);
        using (var page = await plain.GetAsync("/account", Cancel))
        {
            Assert.Equal((HttpStatusCode.OK, true), (page.StatusCode, page.Headers.Contains("Set-Cookie")));
        }

        var before = Contexts();
        Assert.True(before > 0, "The log no longer tells of contexts.");
        var sockets = new List<ClientWebSocket>();
        while (sockets.Count < Pages)
        {
            var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Cookie", cookie);
            await socket.ConnectAsync(new UriBuilder(app.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, Cancel);
            sockets.Add(socket);
        }

        var after = Contexts();
        sockets.ForEach(socket => socket.Dispose());

        // Workers may need some of their own.
        Assert.True(after - before < Pages / 2, $"{before} contexts without a page, {after} with {Pages}.");

        // Those in use and those that wait in the pool: there are only more where many are held at once.
        int Contexts() => Count("initialized") - Count("disposed");

        int Count(string what) => logs.Entries.Count(entry => entry.Category == "Microsoft.EntityFrameworkCore.Infrastructure"
            && entry.Text.Contains("PortalDbContext", StringComparison.Ordinal) && entry.Text.Contains(what, StringComparison.Ordinal));
    }
}
