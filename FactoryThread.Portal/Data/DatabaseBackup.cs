using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Data;

/// <summary>Copies a data directory that may be in use.</summary>
public static class DatabaseBackup
{
    /// <returns>The full path of the folder, which is a data directory like the one it came from.</returns>
    public static async Task<Result<string>> CopyAsync(PortalOptions portal, string folder, CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(folder);
        if (!File.Exists(portal.DatabasePath))
        {
            return Failure.NotFound($"There is no database in {portal.DataPath}. Set Portal:DataDirectory to the folder that has it.");
        }

        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            return Failure.Conflict($"{target} already exists. Choose a new or empty folder.", "to");
        }

        var directory = Directory.CreateDirectory(target);
        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        // The intake first: what the mover takes out of it meanwhile is then in both copies, and the watermark in portal.db
        // tells which of it has been moved. The other way round, it would be in neither.
        var copy = new PortalOptions { DataDirectory = target };
        if (File.Exists(portal.IntakePath))
        {
            await CopyFileAsync(portal.IntakePath, copy.IntakePath, cancellationToken);
        }

        await CopyFileAsync(portal.DatabasePath, copy.DatabasePath, cancellationToken);
        if (Directory.Exists(portal.KeyRingPath))
        {
            Directory.CreateDirectory(copy.KeyRingPath);
            foreach (var key in Directory.EnumerateFiles(portal.KeyRingPath))
            {
                File.Copy(key, Path.Combine(copy.KeyRingPath, Path.GetFileName(key)));
            }
        }

        return target;
    }

    private static async Task CopyFileAsync(string from, string to, CancellationToken cancellationToken)
    {
        await using var source = await DatabaseCheck.OpenExistingAsync(from, cancellationToken);
        await using var target = new SqliteConnection(Sqlite.ConnectionString(to, pooling: false));
        await target.OpenAsync(cancellationToken);
        source.BackupDatabase(target);
    }
}
