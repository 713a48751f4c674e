using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Data;

/// <summary>Looks for damage in the databases; changes nothing and works while they are in use.</summary>
public static class DatabaseCheck
{
    /// <summary>What is wrong, in sentences that name the file; empty if nothing is.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(
        PortalOptions portal, IDbContextFactory<PortalDbContext> contexts, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        if (!File.Exists(portal.DatabasePath))
        {
            faults.Add($"There is no database in {portal.DataPath}. Set Portal:DataDirectory to the folder that has it.");
            return faults;
        }

        await CheckFileAsync(portal.DatabasePath, faults, cancellationToken);
        if (File.Exists(portal.IntakePath))
        {
            await CheckFileAsync(portal.IntakePath, faults, cancellationToken);
        }

        if (faults.Count == 0)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            faults.AddRange((await db.Database.GetPendingMigrationsAsync(cancellationToken))
                .Select(migration => $"portal.db lacks the migration {migration}. Run: database migrate"));
        }

        return faults;
    }

    /// <summary>Opens a file that must exist, past the pool.</summary>
    internal static async Task<SqliteConnection> OpenExistingAsync(string path, CancellationToken cancellationToken)
    {
        var address = new SqliteConnectionStringBuilder(Sqlite.ConnectionString(path, pooling: false)) { Mode = SqliteOpenMode.ReadWrite };
        var connection = new SqliteConnection(address.ToString());
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task CheckFileAsync(string path, List<string> faults, CancellationToken cancellationToken)
    {
        var file = Path.GetFileName(path);
        try
        {
            await using var connection = await OpenExistingAsync(path, cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (reader.GetString(0) is not "ok" and var damage)
                    {
                        faults.Add($"{file} is damaged: {damage}");
                    }
                }
            }

            command.CommandText = "PRAGMA foreign_key_check";
            await using var orphans = await command.ExecuteReaderAsync(cancellationToken);
            while (await orphans.ReadAsync(cancellationToken))
            {
                faults.Add($"{file}: a row of {orphans.GetString(0)} refers to a row of {orphans.GetString(2)} that does not exist.");
            }
        }
        catch (SqliteException exception)
        {
            faults.Add($"{file} cannot be read: {exception.Message}");
        }
    }
}
