using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class InboxIndex : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Alerts_ResolvedAt_LastSeenAt",
                table: "Alerts");

            migrationBuilder.CreateIndex(
                name: "IX_Alerts_Inbox",
                table: "Alerts",
                columns: new[] { "ResolvedAt", "Level", "LastSeenAt", "Id", "AcknowledgedAt", "SnoozedUntil" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Alerts_Inbox",
                table: "Alerts");

            migrationBuilder.CreateIndex(
                name: "IX_Alerts_ResolvedAt_LastSeenAt",
                table: "Alerts",
                columns: new[] { "ResolvedAt", "LastSeenAt" });
        }
    }
}
