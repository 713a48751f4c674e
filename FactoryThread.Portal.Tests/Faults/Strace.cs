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
        var said = new System.Text.StringBuilder();
        var attached = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        strace.ErrorDataReceived += (_, line) =>
        {
            said.Append(line.Data);
            if (line.Data is null || line.Data.Contains(" attached", StringComparison.Ordinal))
            {
                attached.TrySetResult(line.Data is not null);
            }
        };
        try
        {
            strace.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            FaultSettings.SkipWithoutStrace("There is no strace.");
        }

        strace.BeginErrorReadLine();
        if (!await attached.Task.WaitAsync(Patience, TestContext.Current.CancellationToken))
        {
            FaultSettings.SkipWithoutStrace($"strace may not attach to the server: {said}");
        }

        return new Strace(strace);
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
