using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FactoryThread.Portal.Tests.Features.Alerts.Delivery;

/// <summary>A small SMTP server (RFC 5321) on a real socket that keeps the mails it takes, or refuses a command as told.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    /// <param name="address">Where it listens; only this machine reaches it by default.</param>
    public SmtpServer(IPAddress? address = null)
    {
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _work = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Text of each mail taken, headers included.</summary>
    public ConcurrentQueue<string> Mails { get; } = new();

    /// <summary>What clients sent but for the text of mails.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Answers to commands that begin so, instead of agreement.</summary>
    public ConcurrentDictionary<string, string> Refusals { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _work;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                sessions.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
                await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
                await writer.WriteLineAsync("220 test ESMTP");
                while (await reader.ReadLineAsync(_stop.Token) is { } line)
                {
                    Commands.Enqueue(line);
                    var refusal = Refusals.FirstOrDefault(r => line.StartsWith(r.Key, StringComparison.OrdinalIgnoreCase)).Value;
                    await writer.WriteLineAsync(refusal ?? line.Split(' ', ':')[0].ToUpperInvariant() switch
                    {
                        "EHLO" => "250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME",
                        "AUTH" => "235 2.7.0 welcome",
                        "DATA" => "354 go on",
                        "QUIT" => "221 bye",
                        _ => "250 fine",
                    });
                    if (refusal is null && line.Equals("DATA", StringComparison.OrdinalIgnoreCase))
                    {
                        var text = new StringBuilder();
                        while (await reader.ReadLineAsync(_stop.Token) is { } part && part != ".")
                        {
                            text.Append(part.StartsWith("..", StringComparison.Ordinal) ? part[1..] : part).Append('\n');
                        }

                        Mails.Enqueue(text.ToString());
                        await writer.WriteLineAsync("250 taken");
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The client hung up, or the test is over.
            }
        }
    }
}
