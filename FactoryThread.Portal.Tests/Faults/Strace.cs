using System.Diagnostics;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>Makes the kernel's answers to a running process false: system calls fail although nothing is wrong with the disk.</summary>
internal sealed class Strace : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _strace;

    private Strace(Process strace) => _strace = strace;

    /// <summary>From now on, until disposed, each of these calls of the process fails with this error.</summary>
    /// <param name="calls">Names with commas between them, such as <c>fsync,fdatasync</c>.</param>
    /// <param name="error">Such as <c>EIO</c>.</param>
    public static async Task<Strace> FailAsync(int processId, string calls, string error)
    {
        var strace = new Process
        {
            StartInfo = new ProcessStartInfo("strace", ["-f", "-p", $"{processId}", "-o", "/dev/null", "-e", $"trace={calls}", "-e", $"inject={calls}:error={error}"])
            {
                RedirectStandardError = true,
            },
        };
        try
        {
            strace.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            strace.Dispose();
            FaultSettings.SkipWithoutStrace("There is no strace.");
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var said = "";
        while (await strace.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            said += line;
            if (line.Contains(" attached", StringComparison.Ordinal))
            {
                strace.ErrorDataReceived += (_, _) => { };
                strace.BeginErrorReadLine();
                return new Strace(strace);
            }
        }

        strace.Dispose();
        FaultSettings.SkipWithoutStrace($"strace may not attach to the server: {said}");
        throw new UnreachableException();
    }

    /// <summary>Lets the process go on as before.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var interrupt = Process.Start("kill", ["-INT", $"{_strace.Id}"]))
        {
            await interrupt.WaitForExitAsync();
        }

        using var patience = new CancellationTokenSource(Patience);
        await _strace.WaitForExitAsync(patience.Token);
        _strace.Dispose();
    }
}
