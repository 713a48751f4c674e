using System.Security.Cryptography;
using System.Text.Json;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.AspNetCore.DataProtection;

namespace FactoryThread.Portal.Features.Flows;

/// <summary>Seals the secret headers of connections; what is sealed for one connection opens for no other.</summary>
public sealed class ConnectionSecrets(IDataProtectionProvider protection)
{
    private const string Purpose = "FactoryThread.Portal.Connections.Headers";

    public string Protect(string connectionId, IEnumerable<SecretHeader> headers)
        => Protector(connectionId).Protect(JsonSerializer.Serialize(headers));

    /// <summary>The headers with their values; null if they were sealed with a key ring that is gone.</summary>
    public IReadOnlyList<SecretHeader>? Unprotect(Connection connection)
    {
        try
        {
            return JsonSerializer.Deserialize<List<SecretHeader>>(Protector(connection.Id).Unprotect(connection.ProtectedHeaders));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector Protector(string connectionId) => protection.CreateProtector(Purpose, connectionId);
}
