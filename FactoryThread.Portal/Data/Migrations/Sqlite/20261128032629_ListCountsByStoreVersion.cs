using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FactoryThread.Portal.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ListCountsByStoreVersion : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {

        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {

        }
    }
}
