using System.Net;
using System.Net.WebSockets;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class MessageSizeTests
{
    private const int Received = 600 * 1024;

    /// <summary>How SignalR's binary protocols write 2 MB, the length of the message that begins.</summary>
    private static readonly byte[] Length = [0x80, 0x80, 0x80, 0x01];

    /// <summary>The largest message of a page, a full list of keys with long texts, is 200 KB (<c>FullListTests</c>).</summary>
    [Fact]
    public async Task A_live_page_that_sends_more_than_any_page_has_to_is_cut_off_before_all_of_it_is_read()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        cancellation.CancelAfter(TimeSpan.FromSeconds(30));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(app.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, cancellation.Token);
        var buffer = new byte[4096];
        await socket.SendAsync("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellation.Token);
        Assert.Equal("{}\u001e"u8.ToArray(), buffer[..(await socket.ReceiveAsync(buffer, cancellation.Token)).Count]);

        await socket.SendAsync(new byte[][] { Length, new byte[Received] }.SelectMany(b => b).ToArray(), WebSocketMessageType.Binary, endOfMessage: true, cancellation.Token);

        while ((await socket.ReceiveAsync(buffer, cancellation.Token)).MessageType != WebSocketMessageType.Close)
        {
            // A word of farewell may come first.
        }

        using var alive = await http.GetAsync("/health/live", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }
}
