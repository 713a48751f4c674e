using System.Security.Cryptography;
using FactoryThread.Portal.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts.Store;

/// <summary>Identity's store, which would keep recovery codes readable: here they are hashed, as <c>salt.hash</c>, the codes of a set with one salt.</summary>
/// <remarks>
/// PBKDF2 with HMAC-SHA-512 (RFC 8018, section 5.2). A code has 47 random bits, so each guess at the file has to cost something, but not as
/// much as for a password that somebody made up: a set is hashed, and a code looked for, while the write lock is held.
/// </remarks>
public sealed class PortalUserStore(PortalDbContext context, IdentityErrorDescriber describer) : UserOnlyStore<PortalUser, PortalDbContext>(context, describer)
{
    private const int Iterations = 20_000;
    private const string Provider = "[AspNetUserStore]";
    private const string Codes = "RecoveryCodes";

    public override Task ReplaceCodesAsync(PortalUser user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return base.ReplaceCodesAsync(user, recoveryCodes.Select(code => Hash(code, salt)), cancellationToken);
    }

    public override async Task<bool> RedeemCodeAsync(PortalUser user, string code, CancellationToken cancellationToken)
    {
        var kept = (await GetTokenAsync(user, Provider, Codes, cancellationToken) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries);
        if (kept.Length == 0)
        {
            return false;
        }

        // Sets made before codes were hashed are readable until one of them is used.
        var readable = kept[0].Contains('-', StringComparison.Ordinal);
        var wanted = readable ? code : Hash(code, Convert.FromBase64String(kept[0].Split('.')[0]));
        var left = Array.FindAll(kept, one => one != wanted);
        if (left.Length == kept.Length)
        {
            return false;
        }

        await (readable ? ReplaceCodesAsync(user, left, cancellationToken) : base.ReplaceCodesAsync(user, left, cancellationToken));
        return true;
    }

    private static string Hash(string code, byte[] salt)
        => $"{Convert.ToBase64String(salt)}.{Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(code, salt, Iterations, HashAlgorithmName.SHA512, 32))}";
}
