using System.Diagnostics;
using System.Text.Json;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>The product description's own examples, with only host, key and flow id replaced.</summary>
public sealed class SpecExampleTests
{
    private const string Curl = """
        curl -X POST \
        https://api.factorythread.com/flows/{flowId}/execute \
        -H "Authorization: Bearer ft_live_xxxx..." \
        -H "Content-Type: application/json" \
        -d '{"param1": "value1"}'
        """;

    private const string CurlInQuery = "curl -X POST \"https://api.factorythread.com/flows/{flowId}/execute?api_key=ft_live_xxxx...\"";

    private const string CustomEndpoint = "curl \"https://api.factorythread.com/api/orders?api_key=ft_live_xxxx...\" -d param1=value1";

    private const string Python = """
        import requests

        headers = {
        "Authorization": "Bearer ft_live_xxxx...",
        "Content-Type": "application/json"
        }

        response = requests.post(
        "https://api.factorythread.com/flows/{flowId}/execute",
        headers=headers,
        json={"param1": "value1"}
        )
        print(response.text)
        """;

    private const string JavaScript = """
        const response = await fetch(
        'https://api.factorythread.com/flows/{flowId}/execute',
        {
        method: 'POST',
        headers: {
        'Authorization': 'Bearer ft_live_xxxx...',
        'Content-Type': 'application/json'
        },
        body: JSON.stringify({ param1: 'value1' })
        }
        );
        console.log(await response.text());
        """;

    [Fact]
    public async Task CURL() => Succeeded(await RunAsync("sh", "-c", Curl));

    [Fact]
    public async Task CURL_with_the_key_in_the_query() => Succeeded(await RunAsync("sh", "-c", CurlInQuery), echoes: false);

    [Fact]
    public async Task CURL_to_a_custom_endpoint() => Assert.Contains("value1", await RunAsync("sh", "-c", CustomEndpoint), StringComparison.Ordinal);

    [Fact]
    public async Task Python_requests() => Succeeded(await RunAsync("python3", "-c", Python, probe: "import requests"));

    [Fact]
    public async Task JavaScript_fetch() => Succeeded(await RunAsync("node", "-e", JavaScript.Replace("const response", "(async () => { const response", StringComparison.Ordinal) + " })()"));

    private static void Succeeded(string answer, bool echoes = true)
    {
        using var json = JsonDocument.Parse(answer);
        Assert.Equal("succeeded", json.RootElement.GetProperty("status").GetString());
        if (echoes)
        {
            Assert.Equal("value1", json.RootElement.GetProperty("output").GetProperty("param1").GetString());
        }
    }

    private static async Task<string> RunAsync(string program, string option, string example, string? probe = null)
    {
        if (!await CanRunAsync(program, option, probe ?? (program == "sh" ? "command -v curl" : "1")))
        {
            Assert.Skip($"{program} with what the example needs ({probe ?? "curl"}) is not installed.");
        }

        await using var app = PortalApp.Start();
        var key = await app.KeyAsync();
        var script = example
            .Replace("https://api.factorythread.com", app.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)
            .Replace("ft_live_xxxx...", key.Token.Reveal(), StringComparison.Ordinal)
            .Replace("{flowId}", "abc123", StringComparison.Ordinal);
        var (exit, output) = await StartAsync(program, option, script);
        Assert.Equal(0, exit);
        return output;
    }

    private static async Task<bool> CanRunAsync(string program, string option, string script)
    {
        try
        {
            return (await StartAsync(program, option, script)).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int Exit, string Output)> StartAsync(string program, string option, string script)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [option, script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await errors;
        return (process.ExitCode, output);
    }
}
