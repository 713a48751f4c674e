using System.Diagnostics;
using System.Globalization;
using FactoryThread.Portal.Tests.Faults;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>The server to compare with, built from <c>bare.cs</c>.</summary>
internal static class BareServer
{
    /// <param name="bodyBytes">Size of its answer's body.</param>
    public static async Task<ServerProcess> StartAsync(int bodyBytes, string directory)
    {
        // Outside this repository, whose build settings would apply to it.
        var source = Path.Combine(directory, "bare.cs");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Benchmarks", "bare.cs"), source);
        var output = Path.Combine(directory, "bare");
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", source, "-c", "Release", "-o", output, "-v", "q"]) { RedirectStandardOutput = true })!;
        var printed = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, printed);
        return await ServerProcess.StartCommandAsync(["dotnet", Path.Combine(output, "bare.dll"), bodyBytes.ToString(CultureInfo.InvariantCulture), "--urls", "http://127.0.0.1:0"]);
    }
}
