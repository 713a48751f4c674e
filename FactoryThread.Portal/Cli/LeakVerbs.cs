using System.CommandLine;
using System.Globalization;
using System.Text;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Cli;

/// <summary><c>leaks scan</c>: for pipelines. Exit code 0: no key; 2: at least one; 1: something could not be read.</summary>
internal static class LeakVerbs
{
    /// <summary>Keys were found. Not 1, which every verb answers if it cannot do its work.</summary>
    public const int Found = 2;

    public static Command Create(VerbHost host) => new("leaks", "Find API keys where they should not be.") { Scan(host) };

    private static Command Scan(VerbHost host)
    {
        var places = new Argument<string[]>("PATH") { Arity = ArgumentArity.OneOrMore, Description = "Files or folders, or - for standard input" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command(
            "scan",
            "Search files for API keys whose checksum is right. With a database, says whose they are and whether they still work; without one, only that they are there. Ends with 2 if there are any.")
        {
            places, json,
        };
        command.SetAction((parsed, cancellation) => host.RunUnpreparedAsync(async services =>
        {
            var (hits, scanned, failed) = (new List<(string File, FoundToken Found)>(), 0, 0);
            foreach (var (name, open) in parsed.GetRequiredValue(places).SelectMany(place => Files(host, place)))
            {
                try
                {
                    var scanner = new TokenScanner();
                    using (var reader = open())
                    {
                        await scanner.ReadAsync(reader, cancellation);
                    }

                    scanned++;
                    hits.AddRange(scanner.Found.Select(f => (name, f)));
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    failed++;
                    host.Fail($"{name} cannot be read: {exception.Message}");
                }
            }

            var keys = await KeysAsync(services, hits, cancellation);
            if (parsed.GetValue(json))
            {
                host.WriteJson(new
                {
                    scanned,
                    failed,
                    matched = keys is not null,
                    found = hits.Select((hit, at) => new
                    {
                        file = hit.File,
                        line = hit.Found.Line,
                        count = hit.Found.Count,
                        hint = hit.Found.Hint,
                        keyId = keys?[at]?.Id,
                        name = keys?[at]?.Name,
                        status = keys?[at] is { } key ? Status(key) : null,
                        works = keys?[at]?.Works,
                    }),
                });
            }
            else
            {
                for (var at = 0; at < hits.Count; at++)
                {
                    var (file, found) = hits[at];
                    var whose = keys is null ? "" : keys[at] is { } key ? $"  {key.Name} ({key.Id}): {Status(key)}" : "  not a key of this installation";
                    host.Write(string.Create(CultureInfo.InvariantCulture, $"{file}:{found.Line}: {found.Hint}{(found.Count > 1 ? $" ({found.Count} times)" : "")}{whose}"));
                }

                host.Write(hits.Count == 0
                    ? $"No API key in {scanned} {(scanned == 1 ? "file" : "files")}."
                    : $"{hits.Count} {(hits.Count == 1 ? "key" : "keys")} found. Revoke those that work, then remove them from the files and their history.");
            }

            return hits.Count > 0 ? Found : failed > 0 ? 1 : 0;
        }));
        return command;
    }

    private static string Status(LeakedKey key) => key.Works ? "can be used" : key.Replaced ? "replaced" : key.Status.Code();

    /// <summary>The keys behind the hits, in their order; null if there is no database here, as in a pipeline.</summary>
    private static async Task<IReadOnlyList<LeakedKey?>?> KeysAsync(IServiceProvider services, List<(string File, FoundToken Found)> hits, CancellationToken cancellation)
    {
        if (hits.Count == 0 || !File.Exists(services.GetRequiredService<IOptions<PortalOptions>>().Value.DatabasePath))
        {
            return hits.Count == 0 ? [] : null;
        }

        var matches = await services.GetRequiredService<LeakService>().MatchAsync([.. hits.Select(h => h.Found)], Caller.CommandLine, cancellation);
        return [.. matches.Select(m => m.Key)];
    }

    private static IEnumerable<(string Name, Func<TextReader> Open)> Files(VerbHost host, string place)
    {
        if (place == "-")
        {
            return [("(standard input)", () => host.Input)];
        }

        // Links are not followed: they may lead out of the folder, or round in a circle.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        return Directory.Exists(place)
            ? Directory.EnumerateFiles(place, "*", options).Order(StringComparer.Ordinal).Select(file => (file, Open(file)))
            : [(place, Open(place))];

        static Func<TextReader> Open(string file) => () => new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
    }
}
