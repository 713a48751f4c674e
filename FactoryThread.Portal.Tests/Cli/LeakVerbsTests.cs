using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Cli;

public sealed class LeakVerbsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("leaks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_folder_with_keys_ends_with_2_and_says_whose_they_are()
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        var made = (await verbs.RunAsync("keys", "create", "--name", "ci-nightly", "--environment", "test", "--permission", "full", "--expires", "90d", "--json")).Json;
        var (id, key) = (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
        var stranger = ApiKeyToken.Create(KeyEnvironment.Live);
        Directory.CreateDirectory(Path.Combine(_folder, "deep", ".hidden"));
        await WriteAsync("a.env", $"# config\nFT_API_KEY={key}\nAGAIN={key}\n");
        await WriteAsync(Path.Combine("deep", ".hidden", "b.log"), $"Bearer {stranger.Reveal()}");
        await WriteAsync("c.txt", "nothing");

        var words = await verbs.RunAsync("leaks", "scan", _folder);
        var json = await verbs.RunAsync("leaks", "scan", _folder, "--json");

        Assert.Equal(2, words.Exit);
        Assert.Contains($"{Path.Combine(_folder, "a.env")}:2:", words.Output, StringComparison.Ordinal);
        Assert.Contains($"(2 times)  ci-nightly ({id}): can be used", words.Output, StringComparison.Ordinal);
        Assert.Contains("not a key of this installation", words.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, words.Output + words.Error + json.Output, StringComparison.Ordinal);
        Assert.Equal(2, json.Exit);
        Assert.Equal((3, 0, true), (json.Json.GetProperty("scanned").GetInt32(), json.Json.GetProperty("failed").GetInt32(), json.Json.GetProperty("matched").GetBoolean()));
        var found = json.Json.GetProperty("found");
        Assert.Equal((2, id, true), (found[0].GetProperty("line").GetInt32(), found[0].GetProperty("keyId").GetString(), found[0].GetProperty("works").GetBoolean()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, found[1].GetProperty("keyId").ValueKind);
    }

    [Fact]
    public async Task In_a_pipeline_there_is_no_database_and_none_is_made()
    {
        using var verbs = new Verbs();
        await WriteAsync("a.env", ApiKeyToken.Create(KeyEnvironment.Live).Reveal());

        var found = await verbs.RunAsync("leaks", "scan", _folder);

        Assert.Equal((2, ""), (found.Exit, found.Error));
        Assert.Empty(Directory.EnumerateFileSystemEntries(verbs.DataDirectory));
    }

    [Fact]
    public async Task A_clean_folder_ends_with_0()
    {
        using var verbs = new Verbs();
        await WriteAsync("a.txt", "ft_live_xxxx");

        Assert.Equal((0, $"No API key in 1 file.{Environment.NewLine}", ""), await RunAsync(verbs, "leaks", "scan", _folder));
    }

    [Fact]
    public async Task What_cannot_be_read_ends_with_1_unless_something_was_found()
    {
        using var verbs = new Verbs();
        await WriteAsync("a.env", ApiKeyToken.Create(KeyEnvironment.Live).Reveal());
        var missing = Path.Combine(_folder, "missing");

        Assert.Equal(1, (await verbs.RunAsync("leaks", "scan", missing)).Exit);
        var both = await verbs.RunAsync("leaks", "scan", missing, _folder);
        Assert.Equal(2, both.Exit);
        Assert.Contains($"{missing} cannot be read", both.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await verbs.RunAsync("leaks", "scan")).Exit);
    }

    [Fact]
    public async Task Standard_input_is_read_for_a_dash_and_a_key_in_UTF16_is_found_too()
    {
        using var verbs = new Verbs();
        var token = ApiKeyToken.Create(KeyEnvironment.Live).Reveal();
        await File.WriteAllTextAsync(Path.Combine(_folder, "powershell.log"), token, System.Text.Encoding.Unicode, TestContext.Current.CancellationToken);

        Assert.Equal(2, (await verbs.RunWithInputAsync($"x {token}", "leaks", "scan", "-")).Exit);
        Assert.Equal(0, (await verbs.RunWithInputAsync("x", "leaks", "scan", "-")).Exit);
        Assert.Equal(2, (await verbs.RunAsync("leaks", "scan", _folder)).Exit);
    }

    private static async Task<(int, string, string)> RunAsync(Verbs verbs, params string[] args)
    {
        var outcome = await verbs.RunAsync(args);
        return (outcome.Exit, outcome.Output, outcome.Error);
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_folder, name), text, TestContext.Current.CancellationToken);
}
