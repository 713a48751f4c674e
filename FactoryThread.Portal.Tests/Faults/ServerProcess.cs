using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using FactoryThread.Portal.Tests.Cli;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>The built server as a process of its own, which can be killed, starved and lied to by its kernel.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly List<string> _output;

    private ServerProcess(Process process, List<string> output, Uri address)
    {
        (_process, _output) = (process, output);
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address, Timeout = Patience };
    }

    /// <summary>A client that waits a minute at most.</summary>
    public HttpClient Http { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory now, in MB.</summary>
    public double Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>What it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>Starts it on a free port and returns when it listens.</summary>
    public static Task<ServerProcess> StartAsync(string dataDirectory, params string[] settings) => StartThroughAsync([], dataDirectory, settings);

    /// <inheritdoc cref="StartAsync(string, string[])"/>
    /// <param name="launcher">A program and its arguments that starts it, such as <c>setpriv …</c>; none by default.</param>
    public static Task<ServerProcess> StartThroughAsync(string[] launcher, string dataDirectory, params string[] settings) => StartCommandAsync(
    [
        .. launcher, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "FactoryThread.Portal.dll"),
        "serve", "--urls", "http://127.0.0.1:0", "--Portal:DataDirectory", dataDirectory, .. settings,
    ]);

    /// <summary>Starts any server that prints where it listens as the portal does.</summary>
    public static async Task<ServerProcess> StartCommandAsync(string[] command)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        var output = new List<string>();
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += Read;
        process.ErrorDataReceived += Read;
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("The server ended before it listened."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new ServerProcess(process, output, await listening.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        }
        catch (Exception exception)
        {
            process.Kill();
            process.Dispose();
            lock (output)
            {
                throw new InvalidOperationException($"The server did not start:\n{string.Join('\n', output)}", exception);
            }
        }

        void Read(object sender, DataReceivedEventArgs line)
        {
            const string start = "FactoryThread Portal listens on ";
            if (line.Data is { } text)
            {
                lock (output)
                {
                    output.Add(text);
                }

                if (text.StartsWith(start, StringComparison.Ordinal))
                {
                    listening.TrySetResult(new Uri(text[start.Length..]));
                }
            }
        }
    }

    /// <summary>Ends it as a power switch would: SIGKILL, no handler runs.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>True for what a client sees when the server dies while it waits.</summary>
    public static bool IsBrokenOff(Exception exception) => exception is HttpRequestException or IOException or SocketException;
}

/// <summary>A data directory with an administrator, made by the verbs, for servers in processes of their own.</summary>
internal sealed class DataDirectory(Verbs verbs) : IDisposable
{
    private bool _mounted;

    public string Path => verbs.DataDirectory;

    public string Intake => System.IO.Path.Combine(Path, "intake.db");

    public string Portal => System.IO.Path.Combine(Path, "portal.db");

    public static async Task<DataDirectory> CreateAsync()
    {
        var data = new DataDirectory(new Verbs());
        await data.AddAdministratorAsync();
        return data;
    }

    /// <summary>The same on a disk of its own, which can be filled; skips the test where none may be mounted.</summary>
    public static async Task<DataDirectory> OnSmallDiskAsync(int megabytes)
    {
        var data = new DataDirectory(new Verbs());
        try
        {
            data._mounted = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", data.Path);
            if (!data._mounted)
            {
                Assert.Skip("A small disk cannot be mounted here: it takes root and mount(8).");
            }

            await data.AddAdministratorAsync();
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public async Task<IssuedKey> KeyAsync(string name, string permission = "full", int perMinute = int.MaxValue, int perDay = int.MaxValue)
    {
        var made = await verbs.RunAsync(
            "keys", "create", "--name", name, "--environment", "live", "--permission", permission, "--expires", "never",
            "--per-minute", Text(perMinute), "--per-day", Text(perDay), "--json");
        Assert.True(made.Exit == 0, made.Error);
        JsonElement json = made.Json;
        return new IssuedKey(json.GetProperty("id").GetString()!, json.GetProperty("key").GetString()!);

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (_mounted)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Assert.True(Run("umount", Path), $"{Path} stays mounted.");
        }

        verbs.Dispose();
    }

    private async Task AddAdministratorAsync()
    {
        var added = await verbs.RunAsync("users", "add", "--email", "admin@example.test", "--password", "a long enough password", "--administrator");
        Assert.True(added.Exit == 0, added.Error);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <param name="Id">The key's id.</param>
/// <param name="Value">What its caller presents.</param>
internal sealed record IssuedKey(string Id, string Value);
