using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FactoryThread.Portal.Data;

/// <summary>How this product opens its SQLite files.</summary>
public static class Sqlite
{
    /// <summary>Seconds a statement waits for another process's lock before it fails with SQLITE_BUSY.</summary>
    public const int BusySeconds = 5;

    public static string ConnectionString(string path, bool pooling = true) => new SqliteConnectionStringBuilder
    {
        DataSource = path,
        ForeignKeys = true,
        DefaultTimeout = BusySeconds,
        Pooling = pooling,
    }.ToString();

    /// <summary>Sets what SQLite keeps per connection and not in the file.</summary>
    public sealed class ConnectionPragmas : DbConnectionInterceptor
    {
        public const string Sql = "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Apply(connection);
            return Task.CompletedTask;
        }

        private static void Apply(DbConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql;
            command.ExecuteNonQuery();
        }
    }
}
