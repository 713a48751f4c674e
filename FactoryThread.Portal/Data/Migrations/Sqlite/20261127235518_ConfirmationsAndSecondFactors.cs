using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ConfirmationsAndSecondFactors : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "ConfirmNewValues",
                table: "WorkspaceSettings",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "SecondFactorFrom",
                table: "WorkspaceSettings",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "ConfirmedAt",
                table: "UserSessions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "SecondFactor",
                table: "UserSessions",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            // Whoever had an app gave its code at every sign-in since.
            migrationBuilder.Sql("UPDATE UserSessions SET SecondFactor = 1 WHERE UserId IN (SELECT Id FROM AspNetUsers WHERE TwoFactorEnabled = 1)");

            migrationBuilder.UpdateData(
                table: "WorkspaceSettings",
                keyColumn: "Id",
                keyValue: 1,
                columns: new[] { "ConfirmNewValues", "SecondFactorFrom" },
                values: new object[] { false, null });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "ConfirmNewValues",
                table: "WorkspaceSettings");

            migrationBuilder.DropColumn(
                name: "SecondFactorFrom",
                table: "WorkspaceSettings");

            migrationBuilder.DropColumn(
                name: "ConfirmedAt",
                table: "UserSessions");

            migrationBuilder.DropColumn(
                name: "SecondFactor",
                table: "UserSessions");
        }
    }
}
