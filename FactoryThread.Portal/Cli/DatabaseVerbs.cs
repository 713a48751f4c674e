using System.CommandLine;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Cli;

/// <summary><c>database migrate|backup|check</c></summary>
internal static class DatabaseVerbs
{
    public static Command Create(VerbHost host) => new("database", "The files in the data directory.") { Migrate(host), Backup(host), Check(host) };

    private static Command Migrate(VerbHost host)
    {
        var command = new Command("migrate", "Bring the database up to date. Starting the portal does the same.");
        command.SetAction((_, _) => host.RunAsync(services =>
            Task.FromResult(host.Write($"The database in {services.GetRequiredService<IOptions<PortalOptions>>().Value.DataPath} is up to date."))));
        return command;
    }

    private static Command Backup(VerbHost host)
    {
        var to = new Option<string>("--to") { Required = true, Description = "A folder that does not exist yet or is empty; it becomes a complete data directory" };
        var command = new Command("backup", "Copy the databases and the key ring while the portal runs.") { to };
        command.SetAction((parsed, cancellation) => host.RunUnpreparedAsync(async services =>
        {
            var result = await DatabaseBackup.CopyAsync(services.GetRequiredService<IOptions<PortalOptions>>().Value, parsed.GetRequiredValue(to), cancellation);
            return result.Succeeded(out var folder, out var failure)
                ? host.Write($"Backed up to {folder}. To use it, start the portal with Portal:DataDirectory set to that folder.")
                : host.Fail(failure, _ => "--to");
        }));
        return command;
    }

    private static Command Check(VerbHost host)
    {
        var command = new Command("check", "Look for damage, missing migrations and a broken audit chain. Changes nothing.");
        command.SetAction((_, cancellation) => host.RunUnpreparedAsync(async services =>
        {
            var faults = await DatabaseCheck.FindFaultsAsync(
                services.GetRequiredService<IOptions<PortalOptions>>().Value,
                services.GetRequiredService<IDbContextFactory<PortalDbContext>>(),
                cancellation);
            foreach (var fault in faults)
            {
                host.Fail(fault);
            }

            if (faults.Count > 0)
            {
                return 1;
            }

            var chain = await services.GetRequiredService<AuditLog>().VerifyAsync(cancellation);
            return chain.Break is { } broken
                ? host.Fail(broken)
                : host.Write($"The databases are sound and up to date. The audit chain holds: {chain.Entries} entries, the last hash is {chain.LastHash}.");
        }));
        return command;
    }
}
