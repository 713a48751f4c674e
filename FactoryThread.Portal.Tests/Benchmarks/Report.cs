using System.Globalization;
using System.Runtime.InteropServices;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>A table of figures, printed with the machine they were measured on; also appended to the file <c>FT_BENCH_REPORT</c>.</summary>
internal sealed class Report(string title)
{
    private readonly List<string> _rows = [];

    /// <summary>Adds a row.</summary>
    /// <param name="goal">What the figure should be; empty if it is only stated.</param>
    public void Add(string what, string figure, string goal = "", string details = "") => _rows.Add($"| {what} | {figure} | {goal} | {details} |");

    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    public void Print()
    {
        var processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        string[] lines =
        [
            "",
            $"### {title}",
            "",
            $"{processor ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            "",
            "| what | figure | goal | details |",
            "|---|---|---|---|",
            .. _rows,
        ];
        foreach (var line in lines)
        {
            TestContext.Current.TestOutputHelper!.WriteLine(line);
        }

        if (Environment.GetEnvironmentVariable("FT_BENCH_REPORT") is { Length: > 0 } file)
        {
            File.AppendAllLines(file, lines);
        }
    }
}
