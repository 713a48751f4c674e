using System.Text.Json;
using FactoryThread.Portal.Cli;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portal-verbs-").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Keys_are_made_on_an_empty_directory_listed_regenerated_and_revoked()
    {
        var made = JsonDocument.Parse((await DoneAsync(
            "keys", "create", "--name", "ci-nightly", "--environment", "test", "--permission", "flows", "--flow", "abc123", "--expires", "90d", "--per-minute", "5", "--json")).Output).RootElement;
        var id = made.GetProperty("id").GetString()!;
        var value = made.GetProperty("key").GetString()!;
        Assert.Matches("^ft_test_[0-9A-Za-z]{40}$", value);

        var list = await DoneAsync("keys", "list");
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(value, list.Output, StringComparison.Ordinal);

        var renewed = JsonDocument.Parse((await DoneAsync("keys", "regenerate", id, "--json")).Output).RootElement;
        Assert.NotEqual(value, renewed.GetProperty("key").GetString());
        await DoneAsync("keys", "revoke", id);
        Assert.Contains("Revoked", (await DoneAsync("keys", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_refuses_within_a_second_what_a_verb_revoked()
    {
        var made = JsonDocument.Parse((await DoneAsync(
            "keys", "create", "--name", "ci-nightly", "--environment", "live", "--permission", "full", "--expires", "never", "--json")).Output).RootElement;
        var key = made.GetProperty("key").GetString();
        await using var app = PortalApp.Start(dataDirectory: _folder);
        using var http = app.Http();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", key)).Status);

        await DoneAsync("keys", "revoke", made.GetProperty("id").GetString()!);

        using var second = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Answer answer;
        do
        {
            answer = await http.ExecuteAsync("abc123", key);
        }
        while ((int)answer.Status == 200 && !second.IsCancellationRequested);

        Assert.Equal("revoked_key", answer.Code);
    }

    [Theory]
    [InlineData("--expires", "keys", "create", "--name", "x", "--environment", "live", "--permission", "full", "--expires", "tomorrow")]
    [InlineData("--environment", "keys", "create", "--name", "x", "--environment", "staging", "--permission", "full", "--expires", "30d")]
    [InlineData("--per-minute", "keys", "create", "--name", "x", "--environment", "live", "--permission", "full", "--expires", "30d", "--per-minute", "0")]
    [InlineData("--flow", "keys", "create", "--name", "x", "--environment", "live", "--permission", "flows", "--flow", "nowhere", "--expires", "30d")]
    [InlineData("--owner", "keys", "create", "--name", "x", "--environment", "live", "--permission", "full", "--expires", "30d", "--owner", "nobody@example.test")]
    [InlineData("no such key", "keys", "revoke", "key_nowhere")]
    [InlineData("--help", "kyes", "list")]
    [InlineData("--help", "keys", "lsit")]
    public async Task A_wrong_word_is_named_on_stderr_with_exit_code_1(string named, params string[] words)
    {
        var (code, output, error) = await RunAsync(words);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flow_is_added_and_replaced_by_its_id()
    {
        await DoneAsync("flows", "add", "--id", "mes42", "--name", "MES bridge", "--route", "mes", "--published");
        await DoneAsync("flows", "add", "--id", "mes42", "--name", "MES bridge 2", "--route", "mes", "--live-target", "https://mes.example.test/run", "--published");

        var list = (await DoneAsync("flows", "list")).Output;
        Assert.Contains("MES bridge 2", list, StringComparison.Ordinal);
        Assert.Contains("abc123", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_database_is_checked_and_backed_up()
    {
        await DoneAsync("database", "migrate");
        await DoneAsync("database", "check");
        var copy = Path.Combine(_folder, "copy");
        await DoneAsync("database", "backup", "--to", copy);

        Assert.True(File.Exists(copy) || Directory.Exists(copy));
    }

    private async Task<(int Code, string Output, string Error)> DoneAsync(params string[] words)
    {
        var result = await RunAsync(words);
        Assert.True(result.Code == 0, $"{string.Join(' ', words)}: {result.Error}");
        return result;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(
            [.. words, "--Portal:DataDirectory", _folder, "--Portal:Setup:AdminEmail", "admin@example.test", "--Portal:Setup:AdminPassword", "correct horse battery staple"],
            TextReader.Null, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
