using FactoryThread.Portal.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Data;

/// <summary>Whether the key store answers: a query over a connection of its own, since a pooled one may hold a file that is gone.</summary>
public sealed class DatabaseHealth(IOptions<PortalOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = await DatabaseCheck.OpenExistingAsync(options.Value.DatabasePath, cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT Version FROM KeyStoreVersion WHERE Id = 1";
            return await command.ExecuteScalarAsync(cancellationToken) is long
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The key store is empty.");
        }
        catch (SqliteException exception)
        {
            return HealthCheckResult.Unhealthy("The key store cannot be read.", exception);
        }
    }
}
