using System.Globalization;
using System.Text;
using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Data;

/// <summary>
/// Notices changes that another process made to what verdicts depend on (the verbs, a sqlite3 shell): database triggers
/// increase one row, and this polls it four times a second with a statement kept prepared.
/// </summary>
public sealed partial class StoreVersionMonitor(IOptions<PortalOptions> options, ILogger<StoreVersionMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Raised when the version moved, and when it could not be read (what is cached can then not be trusted).</summary>
    public event Action? Changed;

    /// <summary>Called after this process changed something; what is cached from before counts no more when this returns.</summary>
    public void Notify() => Changed?.Invoke();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The pace of looking is the machine's, not the clock's that verdicts are made by.
        using var timer = new PeriodicTimer(Interval);
        SqliteConnection? connection = null;
        SqliteCommand? command = null;
        var seen = -1L;
        var failing = false;
        try
        {
            do
            {
                try
                {
                    if (command is null)
                    {
                        connection = new SqliteConnection(Sqlite.ConnectionString(options.Value.DatabasePath, pooling: false));
                        await connection.OpenAsync(stoppingToken);
                        command = connection.CreateCommand();
                        command.CommandText = "SELECT Version FROM KeyStoreVersion WHERE Id = 1";
                        command.Prepare();
                    }

                    var version = (long)command.ExecuteScalar()!;
                    failing = false;
                    if (version != seen)
                    {
                        seen = version;
                        Changed?.Invoke();
                    }
                }
                catch (SqliteException exception)
                {
                    if (!failing)
                    {
                        failing = true;
                        Log.Unreadable(logger, exception);
                    }

                    command?.Dispose();
                    connection?.Dispose();
                    (command, connection, seen) = (null, null, -1);
                    Changed?.Invoke();
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            command?.Dispose();
            connection?.Dispose();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The key store's version cannot be read; every verdict goes to the database until it can.")]
        public static partial void Unreadable(ILogger logger, Exception exception);
    }
}

/// <summary>Marks tables that verdicts depend on and makes the triggers that increase <see cref="StoreVersion"/>.</summary>
public static class VerdictTriggers
{
    private const string Annotation = "Portal:VerdictColumns";

    /// <summary>Inserts, deletes and updates of this table (of these columns only, if any are named) count as changes.</summary>
    public static EntityTypeBuilder<T> AffectsVerdicts<T>(this EntityTypeBuilder<T> builder, params string[] columns)
        where T : class
    {
        builder.HasAnnotation(Annotation, string.Join(',', columns));
        return builder;
    }

    /// <summary>The entity's table is one that verdicts depend on.</summary>
    public static bool AffectsVerdicts(this IEntityType entity) => entity.FindRuntimeAnnotation(Annotation) is not null || entity.FindAnnotation(Annotation) is not null;

    /// <summary>Statements that (re)create the triggers; idempotent, run at every start after the migrations.</summary>
    public static string Script(IModel model)
    {
        var sql = new StringBuilder();
        foreach (var entity in model.GetEntityTypes())
        {
            if (entity.FindAnnotation(Annotation)?.Value is not string columns)
            {
                continue;
            }

            var table = entity.GetTableName();
            var of = columns.Length == 0 ? "" : " OF " + string.Join(", ", columns.Split(',').Select(c => $"\"{c}\""));
            foreach (var (name, when) in new[] { ("insert", "INSERT"), ("update", "UPDATE" + of), ("delete", "DELETE") })
            {
                sql.AppendLine(CultureInfo.InvariantCulture, $"DROP TRIGGER IF EXISTS \"verdict_{table}_{name}\";");
                sql.AppendLine(CultureInfo.InvariantCulture, $"CREATE TRIGGER \"verdict_{table}_{name}\" AFTER {when} ON \"{table}\" BEGIN UPDATE KeyStoreVersion SET Version = Version + 1 WHERE Id = 1; END;");
            }
        }

        return sql.ToString();
    }
}
