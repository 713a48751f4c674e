using System.Net;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>
/// What keeps a running server from recording: 503 with <c>Retry-After</c>, never 401 and never an open door; nothing answered so is in the
/// usage; and the same process goes on once the fault has ended.
/// </summary>
[Collection(ServerProcesses.Name)]
public sealed class StoreFaultTests
{
    private const int Clients = 16;
    private const int DayLimit = 1_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk()
    {
        using var data = await DataDirectory.OnSmallDiskAsync(megabytes: 24);
        await using var rig = await Rig.StartAsync(data);
        var ballast = Path.Combine(data.Path, "ballast");

        Assert.Throws<IOException>(() => Fill(ballast));
        await rig.AssertRefusesAsync();
        File.Delete(ballast);

        await rig.AssertRecoversAsync();
    }

    [Fact]
    public async Task Errors_of_the_disk_on_write_and_on_sync()
    {
        using var data = await DataDirectory.CreateAsync();
        await using var rig = await Rig.StartAsync(data, "--Usage:Synchronous", "Full");
        foreach (var (calls, error) in new[] { ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EROFS"), ("fsync,fdatasync", "EIO") })
        {
            await using (await Strace.FailAsync(rig.Server.Id, calls, error))
            {
                await rig.AssertRefusesAsync();
            }

            await rig.AssertRecoversAsync();
        }
    }

    [Fact]
    public async Task A_sync_that_fails_while_the_long_WAL_is_begun_anew_fails_no_request()
    {
        using var data = await DataDirectory.CreateAsync();
        await using var rig = await Rig.StartAsync(data);
        UsageRig.Execute(data.Intake, "PRAGMA wal_autocheckpoint = 0; CREATE TABLE Filler (Bytes BLOB); INSERT INTO Filler VALUES (zeroblob(70000000)), (zeroblob(70000000));");

        await using (await Strace.FailAsync(rig.Server.Id, "fsync,fdatasync", "EIO"))
        {
            // Whoever reads the file at the moment puts it off, until the WAL has grown by another 8 MB.
            for (var attempt = 0; attempt < 5 && !rig.Server.Output.Contains("could not be begun anew", StringComparison.Ordinal); attempt++)
            {
                for (var call = 0; call < 100; call++)
                {
                    Assert.Equal(HttpStatusCode.OK, (await rig.AllowedAsync()).Status);
                }

                UsageRig.Execute(data.Intake, "PRAGMA wal_autocheckpoint = 0; INSERT INTO Filler VALUES (zeroblob(10000000));");
            }
        }

        Assert.Contains("could not be begun anew", rig.Server.Output, StringComparison.Ordinal);
        await rig.AssertRecoversAsync();
    }

    [Fact]
    public async Task An_intake_file_that_another_process_holds_locked()
    {
        using var data = await DataDirectory.CreateAsync();
        await using var rig = await Rig.StartAsync(data, "--Usage:MaxWaiting", "10");

        await using (DataReading.Lock(data.Intake))
        {
            await rig.AssertRefusesAsync(atLeast: TimeSpan.FromSeconds(FaultSettings.Rounds > 2 ? 10 : 2));
        }

        await rig.AssertRecoversAsync();
    }

    [Fact]
    public async Task A_portal_file_that_another_process_holds_locked_stops_its_writers_and_no_caller()
    {
        using var data = await DataDirectory.CreateAsync();
        await using var rig = await Rig.StartAsync(data);

        await using (DataReading.Lock(data.Portal))
        {
            var creation = rig.Ledger.CallAsync(() => rig.Server.Http.SendPostAsync("/v1/keys", rig.Full.Value, """{"name":"made-while-locked","environment":"live","permission":"full_access","expiration":"never"}"""));
            while (!creation.IsCompleted)
            {
                Assert.Equal(HttpStatusCode.OK, (await rig.AllowedAsync()).Status);
            }

            Is503((await creation)!);
        }

        await rig.AssertRecoversAsync();
        Assert.Equal(0, UsageRig.Number(data.Portal, "SELECT count(*) FROM ApiKeys WHERE Name = 'made-while-locked'"));
        Assert.Single(data.Log(), r => r is { Status: 503, Code: "store_unavailable" });
    }

    [Fact]
    public async Task An_intake_file_that_may_only_be_read()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Files have no modes here.");
            return;
        }

        using var data = await DataDirectory.CreateAsync();
        await using (var before = await ServerProcess.StartAsync(data.Path))
        {
            Assert.Equal(HttpStatusCode.OK, (await before.Http.SendPostAsync("/v1/keys/validate", (await data.KeyAsync("before")).Value)).Status);
            await before.KillAsync();
        }

        foreach (var file in Directory.GetFiles(data.Path, "intake.db*"))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }

        // Root may write what is read-only, unless it gives that up.
        string[] launcher = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set", "-dac_override"] : [];
        if (launcher.Length > 0 && !File.Exists("/usr/bin/setpriv"))
        {
            Assert.Skip("Root heeds no read-only file, and there is no setpriv.");
        }

        await using var rig = await Rig.StartThroughAsync(launcher, data);
        await rig.AssertRefusesAsync();
        foreach (var file in Directory.GetFiles(data.Path, "intake.db*"))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await rig.AssertRecoversAsync();
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        while (true)
        {
            file.Write(page);
        }
    }

    private static void Is503(Answer answer)
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "store_unavailable"), (answer.Status, answer.Code));
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        Assert.Null(answer.Header("WWW-Authenticate"));
    }

    /// <summary>A server in a process of its own, keys of two kinds, and the ledger of all that is asked.</summary>
    private sealed class Rig(DataDirectory data, ServerProcess server, IssuedKey full, IssuedKey reader) : IAsyncDisposable
    {
        public ServerProcess Server => server;

        public IssuedKey Full => full;

        public Ledger Ledger { get; } = new();

        public static Task<Rig> StartAsync(DataDirectory data, params string[] settings) => StartThroughAsync([], data, settings);

        public static async Task<Rig> StartThroughAsync(string[] launcher, DataDirectory data, params string[] settings)
        {
            var full = await data.KeyAsync("fault-full", perDay: DayLimit);
            var reader = await data.KeyAsync("fault-reader", "read-only");
            return new Rig(data, await ServerProcess.StartThroughAsync(launcher, data.Path, settings), full, reader);
        }

        public async Task<Answer> AllowedAsync() => (await Ledger.CallAsync(() => server.Http.ExecuteAsync("abc123", full.Value, "{}")))!;

        /// <summary>While the fault lasts nothing that has to be recorded is answered otherwise than 503.</summary>
        public async Task AssertRefusesAsync(TimeSpan atLeast = default)
        {
            var started = System.Diagnostics.Stopwatch.StartNew();
            var calls = new Func<Task<Answer>>[]
            {
                () => server.Http.ExecuteAsync("abc123", full.Value, "{}"),
                () => server.Http.SendPostAsync("/v1/keys/validate", full.Value),
                () => server.Http.ExecuteAsync("abc123", reader.Value, "{}"),
                () => server.Http.SendGetAsync("/executions", reader.Value),
            };
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
            {
                // The kernel, or the file's last page, may have had room for a few more.
                for (var refused = 0; refused < 5 || started.Elapsed < atLeast;)
                {
                    var answer = (await Ledger.CallAsync(calls[client % calls.Length]))!;
                    if (answer.Status == HttpStatusCode.ServiceUnavailable)
                    {
                        Is503(answer);
                        refused++;
                    }
                    else
                    {
                        Assert.True(refused == 0 && started.Elapsed < TimeSpan.FromSeconds(30), $"Answered {(int)answer.Status} in spite of the fault: {answer.Body}");
                    }
                }
            }));

            // What is not recorded one by one is judged as ever.
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.Http.ExecuteAsync("abc123", "ft_live_nonsense", "{}")).Status);
        }

        /// <summary>The same process answers again, and its counts are those of the records.</summary>
        public async Task AssertRecoversAsync()
        {
            var patience = System.Diagnostics.Stopwatch.StartNew();
            Answer answer;
            while ((answer = await AllowedAsync()).Status != HttpStatusCode.OK)
            {
                Is503(answer);
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), $"It did not recover:\n{server.Output}");
                await Task.Delay(50, Cancel);
            }

            Assert.False(server.HasExited);
            await Ledger.AssertRecordedAsync(data);
            data.AssertSound();
            var counted = data.Log().Count(r => r.KeyId == full.Id && r.Counted);
            Assert.Contains($"\"day\";r={DayLimit - counted};", answer.Header("RateLimit"), StringComparison.Ordinal);
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
