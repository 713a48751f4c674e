using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FactoryThread.Portal.Tests.Features.Alerts.Delivery;

/// <summary>
/// An SMTP server in a process of its own: Python's aiosmtpd, which prints what it takes. Where it is not installed the test is skipped
/// with the reason.
/// </summary>
internal sealed class SmtpProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<string> _mail = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SmtpProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>The first mail, as it was printed.</summary>
    public Task<string> Mail => _mail.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public bool HasMail => _mail.Task.IsCompleted;

    /// <param name="certificate">A PEM file with a certificate and its key, with which it offers STARTTLS.</param>
    /// <param name="insists">It takes mail after STARTTLS only.</param>
    public static async Task<SmtpProcess> StartAsync(string? certificate = null, bool insists = false)
    {
        var python = Array.Find(["/usr/bin/python3", "python3"], Has);
        if (python is null)
        {
            Assert.Skip("There is no python3 with aiosmtpd (Debian package python3-aiosmtpd).");
        }

        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        string[] security = certificate is null ? [] : ["--tlscert", certificate, "--tlskey", certificate, .. (string[])(insists ? [] : ["--no-requiretls"])];
        var start = new ProcessStartInfo(python!, ["-u", "-m", "aiosmtpd", "-n", "-l", $"127.0.0.1:{port}", .. security, "-c", "aiosmtpd.handlers.Debugging", "stdout"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new SmtpProcess(Process.Start(start)!, port);
        var text = new List<string>();
        server._process.OutputDataReceived += (_, line) =>
        {
            text.Add(line.Data ?? "");
            if (line.Data?.Contains("END MESSAGE", StringComparison.Ordinal) == true)
            {
                server._mail.TrySetResult(string.Join('\n', text));
            }
        };
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        var started = Stopwatch.StartNew();
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                return server;
            }
            catch (SocketException) when (started.Elapsed < TimeSpan.FromSeconds(20) && !server._process.HasExited)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool Has(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import aiosmtpd"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
