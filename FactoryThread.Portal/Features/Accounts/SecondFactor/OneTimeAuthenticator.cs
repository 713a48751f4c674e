using System.Globalization;
using FactoryThread.Portal.Data;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Features.Accounts.SecondFactor;

/// <summary>
/// Identity's codes of an authenticator app (TOTP, RFC 6238), each accepted once: a code that somebody looked over a shoulder is worth nothing
/// (section 5.2). To be used within a transaction that holds the write lock.
/// </summary>
public sealed class OneTimeAuthenticator(TimeProvider time) : AuthenticatorTokenProvider<PortalUser>
{
    // Identity accepts the codes of two steps of 30 s before and after the current one.
    private const long AcceptedSeconds = 5 * 30;
    private const string Owner = "FactoryThread";
    private const string UsedCodes = "UsedAuthenticatorCodes";

    public override async Task<bool> ValidateAsync(string purpose, string token, UserManager<PortalUser> manager, PortalUser user)
    {
        // Parsed by whoever compares: "012345" and " 12345" are the same code to Identity.
        if (!int.TryParse(token, CultureInfo.InvariantCulture, out var code) || !await base.ValidateAsync(purpose, token, manager, user))
        {
            return false;
        }

        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var used = Parse(await manager.GetAuthenticationTokenAsync(user, Owner, UsedCodes)).Where(u => now - u.At < AcceptedSeconds).ToList();
        if (used.Exists(u => u.Code == code))
        {
            return false;
        }

        used.Add((code, now));
        var text = string.Join(';', used.Select(u => string.Create(CultureInfo.InvariantCulture, $"{u.Code}@{u.At}")));
        return (await manager.SetAuthenticationTokenAsync(user, Owner, UsedCodes, text)).Succeeded;
    }

    private static IEnumerable<(int Code, long At)> Parse(string? text)
        => (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('@'))
            .Select(part => (int.Parse(part[0], CultureInfo.InvariantCulture), long.Parse(part[1], CultureInfo.InvariantCulture)));
}
