using System.Globalization;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>How long and how strictly these tests run.</summary>
internal static class FaultSettings
{
    /// <summary>Rounds of the tests that repeat themselves: <c>FT_FAULT_ROUNDS</c>, or 2 in the normal run.</summary>
    public static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("FT_FAULT_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds > 0
        ? rounds
        : 2;

    /// <summary>Skips the test with the reason; <c>FT_REQUIRE_STRACE=1</c> makes a missing strace a failure.</summary>
    public static void SkipWithoutStrace(string reason)
    {
        Assert.False(Environment.GetEnvironmentVariable("FT_REQUIRE_STRACE") == "1", reason);
        Assert.Skip(reason);
    }
}

/// <summary>Tests with servers in processes of their own: one after the other and after all others, so that what they wait for is the fault.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ServerProcesses
{
    public const string Name = "Server processes";
}
