using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Rotation : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "AllowSelfRegenerate",
                table: "ApiKeys",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "WorkspaceSettings",
                columns: table => new
                {
                    Id = table.Column<int>(type: "INTEGER", nullable: false),
                    ProductionDays = table.Column<int>(type: "INTEGER", nullable: false),
                    PartnerDays = table.Column<int>(type: "INTEGER", nullable: false),
                    DevelopmentDays = table.Column<int>(type: "INTEGER", nullable: false),
                    CiCdDays = table.Column<int>(type: "INTEGER", nullable: false),
                    UnusedDays = table.Column<int>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_WorkspaceSettings", x => x.Id);
                });

            migrationBuilder.InsertData(
                table: "WorkspaceSettings",
                columns: new[] { "Id", "CiCdDays", "DevelopmentDays", "PartnerDays", "ProductionDays", "UnusedDays", "Version" },
                values: new object[] { 1, 90, 30, 180, 90, 90, 0 });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "WorkspaceSettings");

            migrationBuilder.DropColumn(
                name: "AllowSelfRegenerate",
                table: "ApiKeys");
        }
    }
}
