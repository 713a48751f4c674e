using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SearchAndInboxIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_ApiKeys_DeletedAt_Name",
                table: "ApiKeys");

            migrationBuilder.DropIndex(
                name: "IX_Alerts_ResolvedAt_LastSeenAt",
                table: "Alerts");

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_DeletedAt_Name_Id_Description",
                table: "ApiKeys",
                columns: new[] { "DeletedAt", "Name", "Id", "Description" });

            migrationBuilder.CreateIndex(
                name: "IX_Alerts_Inbox",
                table: "Alerts",
                columns: new[] { "ResolvedAt", "Level", "LastSeenAt", "Id", "AcknowledgedAt", "SnoozedUntil" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_ApiKeys_DeletedAt_Name_Id_Description",
                table: "ApiKeys");

            migrationBuilder.DropIndex(
                name: "IX_Alerts_Inbox",
                table: "Alerts");

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_DeletedAt_Name",
                table: "ApiKeys",
                columns: new[] { "DeletedAt", "Name" });

            migrationBuilder.CreateIndex(
                name: "IX_Alerts_ResolvedAt_LastSeenAt",
                table: "Alerts",
                columns: new[] { "ResolvedAt", "LastSeenAt" });
        }
    }
}
