using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RequestSegments : Migration
    {
        /// <summary>Each row of the old log as a segment of its own, in version 1 of RequestRecordFormat, built as hexadecimal text.</summary>
        private static string OldRows
        {
            get
            {
                string[] texts = ["NULL", "FlowId", "Route", "Code", "Address", "UserAgent", "RequestId", "ExecutionId", "Error"];
                var record = string.Join(" || ", [
                    Number("At", 8), Number("SecretId", 8), Number("DurationMicros", 8), Number("Status", 2), Number("(Outcome | (Counted << 2) | (Test << 3))", 1),
                    .. texts.Select(text => $"CASE WHEN {text} IS NULL THEN '0000' ELSE {Number($"(length(CAST({text} AS BLOB)) + 1)", 2)} || hex({text}) END")]);
                return $"""
                    INSERT INTO RequestSegments (Id, KeyId, Minute, Rows, Counted, Records)
                    SELECT Id, KeyId, At / 60000, 1, Counted, unhex('01' || {Number("(length(Record) / 2)", 2)} || Record)
                    FROM (SELECT Id, KeyId, At, Counted, {record} AS Record FROM RequestLog)
                    """;

                // Little-endian.
                static string Number(string value, int bytes)
                    => $"printf('{string.Concat(Enumerable.Repeat("%02X", bytes))}', {string.Join(", ", Enumerable.Range(0, bytes).Select(b => $"({value} >> {8 * b}) & 255"))})";
            }
        }

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "RequestSegments",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false),
                    KeyId = table.Column<string>(type: "TEXT", nullable: false),
                    Minute = table.Column<long>(type: "INTEGER", nullable: false),
                    Rows = table.Column<int>(type: "INTEGER", nullable: false),
                    Counted = table.Column<int>(type: "INTEGER", nullable: false),
                    Records = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RequestSegments", x => x.Id);
                });

            migrationBuilder.Sql(OldRows);
            migrationBuilder.CreateTable(
                name: "Executions",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    KeyId = table.Column<string>(type: "TEXT", nullable: false),
                    SecretId = table.Column<long>(type: "INTEGER", nullable: false),
                    FlowId = table.Column<string>(type: "TEXT", nullable: true),
                    Route = table.Column<string>(type: "TEXT", nullable: false),
                    Outcome = table.Column<int>(type: "INTEGER", nullable: false),
                    Code = table.Column<string>(type: "TEXT", nullable: false),
                    Status = table.Column<int>(type: "INTEGER", nullable: false),
                    DurationMicros = table.Column<long>(type: "INTEGER", nullable: false),
                    Address = table.Column<string>(type: "TEXT", nullable: true),
                    UserAgent = table.Column<string>(type: "TEXT", nullable: true),
                    RequestId = table.Column<string>(type: "TEXT", nullable: true),
                    ExecutionId = table.Column<string>(type: "TEXT", nullable: false),
                    Error = table.Column<string>(type: "TEXT", nullable: true),
                    Counted = table.Column<bool>(type: "INTEGER", nullable: false),
                    Test = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Executions", x => x.Id);
                });

            migrationBuilder.Sql("""
                INSERT INTO Executions (Id, At, KeyId, SecretId, FlowId, Route, Outcome, Code, Status, DurationMicros, Address, UserAgent, RequestId, ExecutionId, Error, Counted, Test)
                SELECT Id, At, KeyId, SecretId, FlowId, Route, Outcome, Code, Status, DurationMicros, Address, UserAgent, RequestId, ExecutionId, Error, Counted, Test
                FROM RequestLog WHERE ExecutionId IS NOT NULL
                """);
            migrationBuilder.DropTable(name: "RequestLog");

            migrationBuilder.CreateIndex(
                name: "IX_Executions_ExecutionId",
                table: "Executions",
                column: "ExecutionId");

            migrationBuilder.CreateIndex(
                name: "IX_Executions_FlowId",
                table: "Executions",
                column: "FlowId");

            migrationBuilder.CreateIndex(
                name: "IX_Executions_KeyId",
                table: "Executions",
                column: "KeyId");

            migrationBuilder.CreateIndex(
                name: "IX_RequestSegments_KeyId_Minute",
                table: "RequestSegments",
                columns: new[] { "KeyId", "Minute" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // Only the executions come back: SQL cannot take a segment apart.
            migrationBuilder.CreateTable(
                name: "RequestLog",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    KeyId = table.Column<string>(type: "TEXT", nullable: false),
                    SecretId = table.Column<long>(type: "INTEGER", nullable: false),
                    FlowId = table.Column<string>(type: "TEXT", nullable: true),
                    Route = table.Column<string>(type: "TEXT", nullable: false),
                    Outcome = table.Column<int>(type: "INTEGER", nullable: false),
                    Code = table.Column<string>(type: "TEXT", nullable: false),
                    Status = table.Column<int>(type: "INTEGER", nullable: false),
                    DurationMicros = table.Column<long>(type: "INTEGER", nullable: false),
                    Address = table.Column<string>(type: "TEXT", nullable: true),
                    UserAgent = table.Column<string>(type: "TEXT", nullable: true),
                    RequestId = table.Column<string>(type: "TEXT", nullable: true),
                    ExecutionId = table.Column<string>(type: "TEXT", nullable: true),
                    Error = table.Column<string>(type: "TEXT", nullable: true),
                    Counted = table.Column<bool>(type: "INTEGER", nullable: false),
                    Test = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RequestLog", x => x.Id);
                });

            migrationBuilder.Sql("""
                INSERT INTO RequestLog (Id, At, KeyId, SecretId, FlowId, Route, Outcome, Code, Status, DurationMicros, Address, UserAgent, RequestId, ExecutionId, Error, Counted, Test)
                SELECT Id, At, KeyId, SecretId, FlowId, Route, Outcome, Code, Status, DurationMicros, Address, UserAgent, RequestId, ExecutionId, Error, Counted, Test
                FROM Executions
                """);
            migrationBuilder.DropTable(name: "Executions");
            migrationBuilder.DropTable(name: "RequestSegments");

            migrationBuilder.CreateIndex(
                name: "IX_RequestLog_ExecutionId",
                table: "RequestLog",
                column: "ExecutionId",
                filter: "ExecutionId IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_RequestLog_FlowId",
                table: "RequestLog",
                column: "FlowId",
                filter: "ExecutionId IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_RequestLog_KeyId_At",
                table: "RequestLog",
                columns: new[] { "KeyId", "At" });
        }
    }
}
