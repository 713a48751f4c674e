using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Tests.Faults;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>What a server did under load.</summary>
/// <param name="PerSecond">Answers per second.</param>
/// <param name="P99">99 of 100 answers came within this many milliseconds.</param>
/// <param name="Cpu">Microseconds of processor time the server's process took per answer.</param>
/// <param name="Answers">All answers.</param>
/// <param name="NotOk">Answers that were not 2xx or 3xx.</param>
internal sealed record LoadResult(double PerSecond, double P99, double Cpu, long Answers, long NotOk);

/// <summary>Runs wrk against a server.</summary>
internal static partial class Load
{
    /// <param name="connections">Connections, each with one request under way at a time.</param>
    /// <param name="keysFile">A line per key; they are used in turn.</param>
    public static async Task<LoadResult> RunAsync(ServerProcess server, int connections, int seconds, string path, string keysFile)
    {
        var start = new ProcessStartInfo("wrk",
        [
            "-t1", string.Create(CultureInfo.InvariantCulture, $"-c{connections}"), string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"), "--latency",
            "-s", Path.Combine(AppContext.BaseDirectory, "Benchmarks", "load.lua"), server.Http.BaseAddress!.ToString(),
        ])
        { RedirectStandardOutput = true, Environment = { ["FT_PATH"] = path, ["FT_KEYS"] = keysFile } };
        var before = server.ProcessorTime;
        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await wrk.WaitForExitAsync(TestContext.Current.CancellationToken);
        var used = server.ProcessorTime - before;
        Assert.True(wrk.ExitCode == 0, output);
        var answers = long.Parse(Answers.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        return new LoadResult(
            double.Parse(Rate.Match(output).Groups[1].Value, CultureInfo.InvariantCulture),
            Milliseconds(Percentile.Match(output)),
            used.TotalMicroseconds / answers,
            answers,
            Bad.Match(output) is { Success: true } bad ? long.Parse(bad.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
    }

    private static double Milliseconds(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
        * match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, "s" => 1000, var unit => throw new InvalidOperationException(unit) };

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate { get; }

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Percentile { get; }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Answers { get; }

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Bad { get; }
}
