using System.Text.Encodings.Web;
using System.Text.Json;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Cli;

/// <summary>What a verb works with: the same services on the same database as the server, without starting anything.</summary>
/// <param name="settings">Settings from the command line.</param>
public sealed class VerbHost(string[] settings, TextReader input, TextWriter output, TextWriter error)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public TextReader Input => input;

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>Brings the data directory up to date, then does the work.</summary>
    public async Task<int> RunAsync(Func<IServiceProvider, Task<int>> work)
    {
        using var host = Build();
        await host.PreparePortalAsync();
        return await work(host.Services);
    }

    /// <summary>Does the work on the data directory as it is.</summary>
    public async Task<int> RunUnpreparedAsync(Func<IServiceProvider, Task<int>> work)
    {
        using var host = Build();
        return await work(host.Services);
    }

    /// <summary>JSON on stdout, where nothing else is written.</summary>
    public int WriteJson(object value)
    {
        output.WriteLine(JsonSerializer.Serialize(value, Json));
        return 0;
    }

    public int Write(string line)
    {
        output.WriteLine(line);
        return 0;
    }

    /// <summary>Columns padded to their widest value.</summary>
    public int WriteTable(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var lines = rows.Prepend(header).ToList();
        var widths = header.Select((_, column) => lines.Max(line => line[column].Length)).ToList();
        foreach (var line in lines)
        {
            output.WriteLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return 0;
    }

    public int Fail(string message)
    {
        error.WriteLine(message);
        return 1;
    }

    /// <summary>The failure in the words of the command line.</summary>
    /// <param name="option">The option behind a field of the service; null if the field has none.</param>
    public int Fail(Failure failure, Func<string, string?> option)
        => Fail(failure.Field is { } field && option(field) is { } name ? $"{name}: {failure.Message}" : failure.Message);

    private IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.AddPortalCore();
        return builder.Build();
    }
}
