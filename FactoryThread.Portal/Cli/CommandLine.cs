using System.CommandLine;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Cli;

/// <summary>What the executable can be told to do: serve (the default), or one of the verbs. Exit code 0 means done, 1 means not; leaks scan answers 2 if it found any.</summary>
public static class CommandLine
{
    private const string Serve = "serve";

    /// <summary>Settings of the host itself; all others have a section and a colon.</summary>
    private static readonly HashSet<string> HostSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey, WebHostDefaults.PreferHostingUrlsKey,
        WebHostDefaults.EnvironmentKey, WebHostDefaults.ContentRootKey, WebHostDefaults.WebRootKey, WebHostDefaults.StaticWebAssetsKey,
        WebHostDefaults.ApplicationKey, WebHostDefaults.StartupAssemblyKey, WebHostDefaults.HostingStartupAssembliesKey,
        WebHostDefaults.HostingStartupExcludeAssembliesKey, WebHostDefaults.PreventHostingStartupKey, WebHostDefaults.DetailedErrorsKey,
        WebHostDefaults.CaptureStartupErrorsKey, WebHostDefaults.SuppressStatusMessagesKey, WebHostDefaults.ShutdownTimeoutKey, "AllowedHosts",
    };

    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.In, Console.Out, Console.Error);

    /// <param name="input">Read only where an option says so: a verb never prompts.</param>
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output, TextWriter error)
    {
        try
        {
            if (args is [] || (args[0].StartsWith('-') && !IsHelp(args[0])) || (args[0] == Serve && !args.Any(IsHelp)))
            {
                return await ServeAsync(args is [Serve, ..] ? args[1..] : args, error);
            }

            var (settings, verb) = TakeSettings(args);
            var parsed = Root(new VerbHost(settings, input, output, error)).Parse(verb, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
            {
                foreach (var fault in parsed.Errors)
                {
                    await error.WriteLineAsync(fault.Message);
                }

                await error.WriteLineAsync("Run it with --help to see what it takes.");
                return 1;
            }

            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (OptionsValidationException exception)
        {
            foreach (var failure in exception.Failures)
            {
                await error.WriteLineAsync(failure);
            }
        }
        catch (Exception exception) when (StoreFault.Is(exception))
        {
            await error.WriteLineAsync($"The database cannot be used: {Innermost(exception).Message} Check the data directory, its disk, and whether another program holds it.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception.Message);
        }

        return 1;
    }

    private static async Task<int> ServeAsync(string[] args, TextWriter error)
    {
        if (StrayWord(args) is { } stray)
        {
            await error.WriteLineAsync($"'{stray}' is neither a verb nor a setting. A verb comes first; settings look like --urls http://localhost:5080. See --help.");
            return 1;
        }

        var app = PortalHost.Build(args);
        await app.PreparePortalAsync();
        await app.RunAsync();
        return 0;
    }

    private static RootCommand Root(VerbHost host)
    {
        var serve = new Command(Serve, "Run the portal. This is the default; settings follow as --urls http://localhost:5080 or --Portal:DataDirectory FOLDER.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        var root = new RootCommand("FactoryThread Portal: API keys for flows, and the door they open.") { serve };
        root.Add(KeyVerbs.Create(host));
        root.Add(FlowVerbs.Create(host));
        root.Add(UserVerbs.Create(host));
        root.Add(LeakVerbs.Create(host));
        root.Add(DatabaseVerbs.Create(host));
        return root;
    }

    private static bool IsHelp(string word) => word is "--help" or "-h" or "-?" or "/?" or "--version";

    // The host would ignore a word it cannot use, and a mistyped verb would start a server.
    private static string? StrayWord(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i].StartsWith('-'))
            {
                // "--name=value" is said deliberately; a lone word that no setting has is a typing mistake.
                var name = args[i].TrimStart('-');
                if (!name.Contains('=', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal) && !HostSettings.Contains(name))
                {
                    return args[i];
                }

                i += args[i].Contains('=', StringComparison.Ordinal) ? 0 : 1;
            }
            else if (!args[i].Contains('=', StringComparison.Ordinal))
            {
                return args[i];
            }
        }

        return null;
    }

    /// <summary>Settings such as <c>--Portal:DataDirectory FOLDER</c> work with the verbs too: none of their options has a colon.</summary>
    private static (string[] Settings, string[] Verb) TakeSettings(string[] args)
    {
        List<string> settings = [];
        List<string> verb = [];
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=', 2)[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains(':', StringComparison.Ordinal))
            {
                verb.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (name.Length == args[i].Length && i + 1 < args.Length)
            {
                settings.Add(args[++i]);
            }
        }

        return ([.. settings], [.. verb]);
    }

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
