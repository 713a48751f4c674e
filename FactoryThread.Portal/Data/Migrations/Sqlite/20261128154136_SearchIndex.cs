using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SearchIndex : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_ApiKeys_DeletedAt_Name",
                table: "ApiKeys");

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_DeletedAt_Name_Id_Description",
                table: "ApiKeys",
                columns: new[] { "DeletedAt", "Name", "Id", "Description" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_ApiKeys_DeletedAt_Name_Id_Description",
                table: "ApiKeys");

            migrationBuilder.CreateIndex(
                name: "IX_ApiKeys_DeletedAt_Name",
                table: "ApiKeys",
                columns: new[] { "DeletedAt", "Name" });
        }
    }
}
