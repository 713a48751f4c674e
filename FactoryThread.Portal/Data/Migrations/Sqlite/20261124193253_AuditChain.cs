using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <summary>Gives every audit entry a hash and links the entries there are; names compare without case.</summary>
    /// <remarks>Written by hand: EF would rebuild the table outside a transaction, and nothing refers to this one.</remarks>
    public partial class AuditChain : Migration
    {
        private const string Columns = "Id, At, ActorKind, ActorId, ActorName, Address, Action, SubjectType, SubjectId, SubjectName, Details";

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            Rebuild(migrationBuilder, "NOCASE", """, "Hash" BLOB NOT NULL DEFAULT x''""");
            Index(migrationBuilder, "Action_At", "\"Action\", \"At\"");
            Index(migrationBuilder, "ActorId_Action_At", "\"ActorId\", \"Action\", \"At\"");
            Index(migrationBuilder, "ActorId_At", "\"ActorId\", \"At\"");
            Index(migrationBuilder, "At", "\"At\"");
            Index(migrationBuilder, "SubjectId_At", "\"SubjectId\", \"At\"");
            Index(migrationBuilder, "SubjectName_At", "\"SubjectName\", \"At\"");
            Index(migrationBuilder, "SubjectType_At", "\"SubjectType\", \"At\"");

            const string fields = """
                CAST(e.Id AS BLOB), CAST(e.At AS BLOB), CAST(e.ActorKind AS BLOB), CAST(e.ActorId AS BLOB), CAST(e.ActorName AS BLOB), CAST(e.Address AS BLOB),
                CAST(e.Action AS BLOB), CAST(e.SubjectType AS BLOB), CAST(e.SubjectId AS BLOB), CAST(e.SubjectName AS BLOB), CAST(e.Details AS BLOB)
                """;
            migrationBuilder.Sql($"""
                WITH RECURSIVE link(Id, Hash) AS (
                    SELECT e.Id, audit_hash(x'', {fields}) FROM AuditEntries e WHERE e.Id = (SELECT min(Id) FROM AuditEntries)
                    UNION ALL
                    SELECT e.Id, audit_hash(link.Hash, {fields}) FROM link JOIN AuditEntries e ON e.Id = (SELECT min(Id) FROM AuditEntries WHERE Id > link.Id))
                UPDATE AuditEntries SET Hash = link.Hash FROM link WHERE link.Id = AuditEntries.Id;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            Rebuild(migrationBuilder, "BINARY", "");
            Index(migrationBuilder, "SubjectType_SubjectId_Id", "\"SubjectType\", \"SubjectId\", \"Id\"");
        }

        // The indexes and triggers go with the old table.
        private static void Rebuild(MigrationBuilder migrationBuilder, string collation, string hash) => migrationBuilder.Sql($"""
            CREATE TABLE "AuditEntriesNew" (
                "Id" INTEGER NOT NULL CONSTRAINT "PK_AuditEntries" PRIMARY KEY AUTOINCREMENT,
                "At" INTEGER NOT NULL,
                "ActorKind" TEXT NOT NULL,
                "ActorId" TEXT NOT NULL,
                "ActorName" TEXT NOT NULL,
                "Address" TEXT NULL,
                "Action" TEXT NOT NULL,
                "SubjectType" TEXT NOT NULL,
                "SubjectId" TEXT NOT NULL,
                "SubjectName" TEXT COLLATE {collation} NOT NULL,
                "Details" TEXT NULL{hash}
            );
            INSERT INTO AuditEntriesNew ({Columns}) SELECT {Columns} FROM AuditEntries ORDER BY Id;
            DROP TABLE AuditEntries;
            ALTER TABLE AuditEntriesNew RENAME TO AuditEntries;
            """);

        private static void Index(MigrationBuilder migrationBuilder, string name, string columns)
            => migrationBuilder.Sql($"CREATE INDEX \"IX_AuditEntries_{name}\" ON \"AuditEntries\" ({columns});");
    }
}
