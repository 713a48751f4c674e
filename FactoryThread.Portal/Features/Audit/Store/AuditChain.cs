using System.Data.Common;
using System.Globalization;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Audit.Model;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FactoryThread.Portal.Features.Audit.Store;

/// <summary>
/// Chains the entries within SQLite itself: a trigger writes each row's hash as part of the insert, under the one write lock there is. However
/// many processes write, the order of the chain is the order of the commits; no writer can forget it, and none without the hash function can
/// insert. Further triggers refuse changes and deletions.
/// </summary>
internal sealed class AuditChain : DbConnectionInterceptor
{
    private const string Function = "audit_hash";

    private static readonly string[] Columns =
        ["Id", "At", "ActorKind", "ActorId", "ActorName", "Address", "Action", "SubjectType", "SubjectId", "SubjectName", "Details"];

    /// <summary>Statements that (re)create the triggers; idempotent, run at every start after the migrations.</summary>
    public static string Triggers { get; } = $"""
        DROP TRIGGER IF EXISTS audit_chain;
        CREATE TRIGGER audit_chain AFTER INSERT ON AuditEntries BEGIN
            UPDATE AuditEntries SET Hash = {Link("(SELECT Hash FROM AuditEntries WHERE Id < NEW.Id ORDER BY Id DESC LIMIT 1)", "NEW.")} WHERE Id = NEW.Id;
        END;
        DROP TRIGGER IF EXISTS audit_no_update;
        CREATE TRIGGER audit_no_update BEFORE UPDATE ON AuditEntries WHEN OLD.Hash <> x'' BEGIN
            SELECT RAISE(ABORT, 'The audit record is append-only.');
        END;
        DROP TRIGGER IF EXISTS audit_no_delete;
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON AuditEntries BEGIN
            SELECT RAISE(ABORT, 'The audit record is append-only.');
        END;
        """;

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Register(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Register(connection);
        return Task.CompletedTask;
    }

    /// <summary>Follows the chain from its first entry to the first that does not fit, or to its end.</summary>
    public static async Task<AuditChainState> VerifyAsync(PortalDbContext db, CancellationToken cancellationToken)
    {
        // The open read keeps one state of the database, whatever is appended meanwhile.
        await db.Database.OpenConnectionAsync(cancellationToken);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"""
            SELECT Id, Hash, {Link("lag(Hash) OVER (ORDER BY Id)", "")}, (SELECT seq FROM sqlite_sequence WHERE name = 'AuditEntries')
            FROM AuditEntries ORDER BY Id
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (entries, lastId, issued, hash) = (0L, 0L, 0L, Array.Empty<byte>());
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetInt64(0);
            issued = await reader.IsDBNullAsync(3, cancellationToken) ? 0 : reader.GetInt64(3);
            if (id != lastId + 1)
            {
                return Broken(id == lastId + 2 ? $"row {lastId + 1} is missing" : $"rows {lastId + 1} to {id - 1} are missing");
            }

            var stored = (byte[])reader[1];
            if (!stored.AsSpan().SequenceEqual((byte[])reader[2]))
            {
                return Broken($"row {id} is not what was recorded");
            }

            (entries, lastId, hash) = (entries + 1, id, stored);
        }

        return issued > lastId ? Broken(issued == lastId + 1 ? $"row {issued}, the last, is missing" : $"rows {lastId + 1} to {issued}, the last, are missing")
            : new AuditChainState(entries, lastId, Convert.ToHexStringLower(hash), null);

        AuditChainState Broken(string where) => new(entries, lastId, Convert.ToHexStringLower(hash), string.Create(CultureInfo.InvariantCulture, $"The audit chain is broken: in AuditEntries {where}."));
    }

    // As BLOBs the function gets the stored bytes themselves.
    private static string Link(string previous, string row) => $"{Function}({previous}, {string.Join(", ", Columns.Select(c => $"CAST({row}{c} AS BLOB)"))})";

    private static void Register(DbConnection connection)
        => ((SqliteConnection)connection).CreateFunction(Function, (object?[] fields) => AuditHash.Of(First(fields).Select(f => f as byte[])), isDeterministic: true);

    // Before the first entry there is no hash: an empty one stands for it.
    private static IEnumerable<object?> First(object?[] fields) => fields.Skip(1).Prepend(fields[0] as byte[] ?? []);
}
