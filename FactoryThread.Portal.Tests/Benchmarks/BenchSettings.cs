using System.Globalization;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>How long to measure, from the environment.</summary>
internal static class BenchSettings
{
    /// <summary>Seconds of load per measurement.</summary>
    public static int Seconds => Number("FT_BENCH_SECONDS", 5);

    /// <summary>Times each pair is measured in turns; medians are compared.</summary>
    public static int Rounds => Number("FT_BENCH_ROUNDS", 3);

    public static int SoakMinutes => Number("FT_SOAK_MINUTES", 10);

    private static int Number(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : otherwise;
}
