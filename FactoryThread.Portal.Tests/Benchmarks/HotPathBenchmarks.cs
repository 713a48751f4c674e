using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using FactoryThread.Portal.Tests.Faults;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>
/// What the door costs beside a server that does nothing, measured in turns on the same machine; see <c>.ci/bench</c>. Every call is
/// recorded before it is answered, and the mover works all the time.
/// </summary>
public sealed class HotPathBenchmarks
{
    private const string Validate = "/v1/keys/validate";
    private const string Execute = "/flows/abc123/execute";

    private static readonly Func<double, double, string> Times = (figure, bare) => $"{Report.Ratio(figure / bare)} × bare";

    [Fact(Explicit = true)]
    public async Task Against_a_bare_server()
    {
        using var data = await DataDirectory.CreateAsync();
        var keys = Keys(data, await KeyStock.AddAsync(data, 100, 100));
        var malformed = Keys(data, ["ft_live_nonsense"], "malformed");
        await using var portal = await ServerProcess.StartAsync(data.Path);
        await using var bare = await BareServer.StartAsync(await SizeAsync(portal, keys), data.Path);
        await WarmUpAsync(bare, portal, keys);

        var report = new Report("The door against a bare server");
        foreach (var (connections, goal) in new[] { (16, 0.70), (64, 0.80), (256, 0.80) })
        {
            var (ceiling, ours) = await InTurnsAsync(bare, portal, connections, Validate, keys);
            report.Add($"validate, {connections} connections: answers/s", Times(ours.PerSecond, ceiling.PerSecond), $"≥ {Report.Ratio(goal)}", $"{ours.PerSecond:N0} of {ceiling.PerSecond:N0}");
            if (connections == 64)
            {
                report.Add("the same: processor time per answer", Times(ours.Cpu, ceiling.Cpu), "≤ 1.45", $"{ours.Cpu:N1} µs and {ceiling.Cpu:N1} µs");
                report.Add("the same: p99", Times(ours.P99, ceiling.P99), "≤ 3", $"{ours.P99:N1} ms and {ceiling.P99:N1} ms");
            }
        }

        var (executeCeiling, execute) = await InTurnsAsync(bare, portal, 64, Execute, keys);
        report.Add("execute (echo), 64 connections: answers/s", Times(execute.PerSecond, executeCeiling.PerSecond), "≥ 0.50", $"{execute.PerSecond:N0} of {executeCeiling.PerSecond:N0}");
        var (refusedCeiling, refused) = await InTurnsAsync(bare, portal, 64, Execute, malformed, allOk: false);
        report.Add("malformed key refused, 64 connections: answers/s", Times(refused.PerSecond, refusedCeiling.PerSecond), "≥ 0.90", $"{refused.PerSecond:N0} of {refusedCeiling.PerSecond:N0}");
        report.Print();
    }

    [Fact(Explicit = true)]
    public async Task A_store_of_a_million_keys()
    {
        const int firstUses = 2000;
        using var small = await DataDirectory.CreateAsync();
        using var large = await DataDirectory.CreateAsync();
        using var empty = await DataDirectory.CreateAsync();
        var smallKeys = Keys(small, (await KeyStock.AddAsync(small, 1000, 100)));
        var values = await KeyStock.AddAsync(large, 1_000_000, 100 + firstUses);
        var largeKeys = Keys(large, values.Take(100));
        var report = new Report("A store of 1,000,000 keys");

        var (emptyStart, largeStart, memory) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < BenchSettings.Rounds; round++)
        {
            emptyStart.Add((await StartTimeAsync(empty)).Seconds);
            var started = await StartTimeAsync(large);
            largeStart.Add(started.Seconds);
            memory.Add(started.Megabytes);
        }

        report.Add("start to ready", $"{Report.Ratio(Report.Median(largeStart) / Report.Median(emptyStart))} × empty", "≤ 1.5", $"{Report.Median(largeStart):N1} s and {Report.Median(emptyStart):N1} s");
        report.Add("memory at rest", $"{Report.Median(memory):N0} MB", "≤ 450 MB", "resident");

        await using var smallServer = await ServerProcess.StartAsync(small.Path);
        await using var largeServer = await ServerProcess.StartAsync(large.Path);
        await WarmUpAsync(smallServer, largeServer, smallKeys, largeKeys);
        var (ceiling, ours) = await InTurnsAsync(smallServer, largeServer, 64, Validate, smallKeys, largeKeys);
        report.Add("validate, 64 connections, 100 keys: answers/s", $"{Report.Ratio(ours.PerSecond / ceiling.PerSecond)} × 1,000 keys", "≥ 0.95", $"{ours.PerSecond:N0} of {ceiling.PerSecond:N0}");

        var first = new List<double>(firstUses);
        foreach (var key in values.Skip(100))
        {
            first.Add(await CallAsync(largeServer, key));
        }

        first.Sort();
        report.Add("first use of a key", $"p99 {first[(int)(first.Count * 0.99)]:N2} ms", "≤ 5 ms", $"median {Report.Median(first):N2} ms, {firstUses} keys one after the other");
        report.Print();
    }

    [Fact(Explicit = true)]
    public async Task A_cache_too_small_for_the_keys_in_use()
    {
        using var data = await DataDirectory.CreateAsync();
        var keys = Keys(data, await KeyStock.AddAsync(data, 5000, 5000));
        LoadResult fits;
        await using (var roomy = await ServerProcess.StartAsync(data.Path))
        {
            fits = await WarmAndRunAsync(roomy, keys);
        }

        await using var tight = await ServerProcess.StartAsync(data.Path, "--Access:CacheCapacity", "1000");
        var evicting = await WarmAndRunAsync(tight, keys);
        var report = new Report("5,000 keys in turn through a cache of 1,000");
        report.Add("validate, 64 connections: answers/s", $"{Report.Ratio(evicting.PerSecond / fits.PerSecond)} × all cached", "", $"{evicting.PerSecond:N0} of {fits.PerSecond:N0}, p99 {evicting.P99:N1} ms");
        report.Print();
    }

    [Fact(Explicit = true)]
    public async Task Growth_and_memory_over_minutes_of_load()
    {
        using var data = await DataDirectory.CreateAsync();
        var keys = Keys(data, await KeyStock.AddAsync(data, 100, 100));
        await using var portal = await ServerProcess.StartAsync(data.Path);
        await Load.RunAsync(portal, 64, 20, Validate, keys);
        var before = Size(data);
        var (answers, memory) = (0L, new List<double>());
        var minutes = BenchSettings.SoakMinutes;
        for (var half = 0; half < 2 * minutes; half++)
        {
            answers += (await Load.RunAsync(portal, 64, 30, half % 2 == 0 ? Validate : Execute, keys)).Answers;
            memory.Add(portal.Megabytes);
        }

        var (early, late) = (Report.Median(memory.Take(memory.Count / 2)), Report.Median(memory.Skip(memory.Count / 2)));
        var report = new Report(string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes of load, {answers:N0} requests"));
        report.Add("memory, second half against the first", $"{Report.Ratio(late / early)} ×", "flat", $"{early:N0} MB, then {late:N0} MB");
        report.Add("data directory per million requests", $"{(Size(data) - before) / 1048576.0 / answers * 1e6:N0} MB", "", "half validations, half executions");
        report.Print();
    }

    private static async Task<LoadResult> WarmAndRunAsync(ServerProcess server, string keys)
    {
        await Load.RunAsync(server, 64, 10, Validate, keys);
        return await Load.RunAsync(server, 64, 2 * BenchSettings.Seconds, Validate, keys);
    }

    private static async Task WarmUpAsync(ServerProcess ceiling, ServerProcess portal, string keys, string? portalKeys = null)
    {
        // Long enough for the runtime's last optimisation.
        foreach (var path in new[] { Validate, Execute, Validate, Execute })
        {
            await Load.RunAsync(ceiling, 64, 4, path, keys);
            await Load.RunAsync(portal, 64, 4, path, portalKeys ?? keys);
        }
    }

    private static async Task<(LoadResult Ceiling, LoadResult Portal)> InTurnsAsync(
        ServerProcess ceiling, ServerProcess portal, int connections, string path, string keys, string? portalKeys = null, bool allOk = true)
    {
        var (theirs, ours) = (new List<LoadResult>(), new List<LoadResult>());
        for (var round = 0; round < BenchSettings.Rounds; round++)
        {
            theirs.Add(await Load.RunAsync(ceiling, connections, BenchSettings.Seconds, path, keys));
            ours.Add(await Load.RunAsync(portal, connections, BenchSettings.Seconds, path, portalKeys ?? keys));
        }

        Assert.All(ours, result => Assert.Equal(allOk ? 0 : result.Answers, result.NotOk));
        return (Medians(theirs), Medians(ours));
    }

    private static LoadResult Medians(IReadOnlyCollection<LoadResult> results) => new(
        Report.Median(results.Select(r => r.PerSecond)), Report.Median(results.Select(r => r.P99)), Report.Median(results.Select(r => r.Cpu)),
        results.Sum(r => r.Answers), results.Sum(r => r.NotOk));

    private static async Task<(double Seconds, double Megabytes)> StartTimeAsync(DataDirectory data)
    {
        var started = Stopwatch.GetTimestamp();
        await using var server = await ServerProcess.StartAsync(data.Path);
        using var ready = await server.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        ready.EnsureSuccessStatusCode();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return (seconds, server.Megabytes);
    }

    /// <summary>Milliseconds of one validation.</summary>
    private static async Task<double> CallAsync(ServerProcess server, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Validate) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        var started = Stopwatch.GetTimestamp();
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var passed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Assert.Contains("\"valid\":true", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        return passed;
    }

    private static async Task<int> SizeAsync(ServerProcess portal, string keysFile)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Validate)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", File.ReadLines(keysFile).First()) },
        };
        using var answer = await portal.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
    }

    private static long Size(DataDirectory data) => new DirectoryInfo(data.Path).EnumerateFiles("*.db*").Sum(file => file.Length);

    private static string Keys(DataDirectory data, IEnumerable<string> values, string name = "keys")
    {
        var file = Path.Combine(data.Path, name + ".txt");
        File.WriteAllLines(file, values);
        return file;
    }
}
