using System.Text.Json;
using FactoryThread.Portal.Cli;

namespace FactoryThread.Portal.Tests.Cli;

/// <summary>Runs verbs in this process on a data directory of their own.</summary>
public sealed class Verbs : IDisposable
{
    public string DataDirectory { get; } = Directory.CreateTempSubdirectory("portal-verbs-").FullName;

    /// <summary>A directory in which the administrator admin@example.test exists.</summary>
    public static async Task<Verbs> WithAdministratorAsync()
    {
        var verbs = new Verbs();
        var added = await verbs.RunAsync("users", "add", "--email", "admin@example.test", "--password", "a long enough password", "--administrator");
        Assert.Equal((0, ""), (added.Exit, added.Error));
        return verbs;
    }

    public Task<Outcome> RunAsync(params string[] args) => RunWithInputAsync("", args);

    public async Task<Outcome> RunWithInputAsync(string input, params string[] args)
    {
        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var exit = await CommandLine.RunAsync([.. args, "--Portal:DataDirectory", DataDirectory], new StringReader(input), stdout, stderr);
        return new Outcome(exit, stdout.ToString(), stderr.ToString());
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(DataDirectory, recursive: true);
    }

    /// <summary>What a verb left behind.</summary>
    public sealed record Outcome(int Exit, string Output, string Error)
    {
        /// <summary>All of stdout, which must be JSON.</summary>
        public JsonElement Json => JsonDocument.Parse(Output).RootElement;
    }
}
