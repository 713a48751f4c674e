using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace FactoryThread.Portal.Tests.Cli;

public sealed class CommandLineTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("key")]
    [InlineData("serv")]
    [InlineData("keys")]
    [InlineData("keys", "lst")]
    [InlineData("keys", "list", "extra")]
    [InlineData("keys", "list", "--jsn")]
    [InlineData("database", "backup")]
    [InlineData("serve", "keys")]
    [InlineData("serve", "--bogus")]
    [InlineData("--bogus", "value")]
    [InlineData("--urls", "http://127.0.0.1:0", "keys")]
    public async Task A_typing_mistake_is_an_error_and_starts_nothing(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var exit = await FactoryThread.Portal.Cli.CommandLine.RunAsync(args, TextReader.Null, output, error);

        Assert.Equal(1, exit);
        Assert.NotEqual("", error.ToString());
        Assert.Equal("", output.ToString());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("keys", "create", "--help")]
    [InlineData("serve", "--help")]
    public async Task Help_is_on_stdout(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var exit = await FactoryThread.Portal.Cli.CommandLine.RunAsync(args, TextReader.Null, output, error);

        Assert.Equal((0, ""), (exit, error.ToString()));
        Assert.Contains("Usage:", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_process_serves_while_a_verb_makes_a_key()
    {
        var data = Directory.CreateTempSubdirectory("portal-process-").FullName;
        var port = FreePort();
        using var server = Start(data, $"--urls=http://127.0.0.1:{port}");
        try
        {
            var printed = new List<string>();
            while (await server.StandardOutput.ReadLineAsync(Cancel) is { } line && !line.StartsWith("Set up FactoryThread: ", StringComparison.Ordinal))
            {
                printed.Add(line);
            }

            Assert.Contains(printed, l => l.Contains($"http://127.0.0.1:{port}", StringComparison.Ordinal));
            Assert.Contains(printed, l => l.Contains(data, StringComparison.Ordinal));

            using var users = Start(data, "users", "add", "--email", "ada@example.test", "--password", "a long enough password", "--administrator");
            await users.WaitForExitAsync(Cancel);
            using var verb = Start(data, "keys", "create", "--name", "erp", "--environment", "live", "--permission", "full", "--expires", "30d", "--json");
            var json = JsonDocument.Parse(await verb.StandardOutput.ReadToEndAsync(Cancel)).RootElement;
            await verb.WaitForExitAsync(Cancel);
            Assert.Equal((0, 0), (users.ExitCode, verb.ExitCode));

            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/flows/abc123/execute") { Content = new StringContent("{}", null, "application/json") };
            request.Headers.Add("Authorization", $"Bearer {json.GetProperty("key").GetString()}");
            using var answer = await http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

            using var second = Start(data, $"--urls=http://127.0.0.1:{port}");
            var error = await second.StandardError.ReadToEndAsync(Cancel);
            await second.WaitForExitAsync(Cancel);
            Assert.Equal(1, second.ExitCode);
            Assert.Contains("address already in use", error, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(data, recursive: true);
        }
    }

    private static Process Start(string data, params string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        start.Environment["Portal__DataDirectory"] = data;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
