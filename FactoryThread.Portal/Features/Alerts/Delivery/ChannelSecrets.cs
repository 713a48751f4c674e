using System.Security.Cryptography;
using FactoryThread.Portal.Features.Alerts.Model;
using Microsoft.AspNetCore.DataProtection;

namespace FactoryThread.Portal.Features.Alerts.Delivery;

/// <summary>Seals the signing secrets of webhooks; what is sealed for one channel opens for no other.</summary>
public sealed class ChannelSecrets(IDataProtectionProvider protection)
{
    private const string Purpose = "FactoryThread.Portal.Alerts.Secrets";

    public string Protect(string channelId, string secret) => Protector(channelId).Protect(secret);

    /// <summary>The secret; null if there is none, or it was sealed with a key ring that is gone.</summary>
    public string? Unprotect(AlertChannel channel)
    {
        try
        {
            return channel.ProtectedSecret is null ? null : Protector(channel.Id).Unprotect(channel.ProtectedSecret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector Protector(string channelId) => protection.CreateProtector(Purpose, channelId);
}
