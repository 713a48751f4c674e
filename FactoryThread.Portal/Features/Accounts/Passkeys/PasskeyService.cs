using System.Buffers.Text;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts.Passkeys;

/// <summary>A passkey as its owner sees it.</summary>
/// <param name="Id">The credential's id in base64url.</param>
public sealed record PasskeyView(string Id, string Name, DateTimeOffset CreatedAt);

/// <summary>
/// A person's own passkeys (WebAuthn level 3). One counts as both factors: the device, and the fingerprint, face or PIN that it asks for.
/// </summary>
public sealed class PasskeyService(UserAccounts accounts, AuditLog audit)
{
    public const int MaxNameLength = 60;

    /// <summary>Passkeys one person may have.</summary>
    public const int Most = 20;

    private const string Right = "manages passkeys";

    /// <summary>The caller's passkeys, oldest first.</summary>
    public Task<Result<IReadOnlyList<PasskeyView>>> ListAsync(Caller caller, CancellationToken cancellationToken)
        => accounts.OwnAsync<IReadOnlyList<PasskeyView>>(
            caller,
            Right,
            async (_, users, user) => (await users.GetPasskeysAsync(user)).OrderBy(p => p.CreatedAt).Select(p => new PasskeyView(Base64Url.EncodeToString(p.CredentialId), p.Name ?? "Passkey", p.CreatedAt)).ToList(),
            cancellationToken);

    /// <summary>Keeps a passkey whose making was verified. The session it was made in counts as opened with it.</summary>
    /// <param name="name">What its owner calls it, 1 to <see cref="MaxNameLength"/> characters.</param>
    public Task<Result<PasskeyView>> AddAsync(UserPasskeyInfo passkey, string? name, Caller caller, CancellationToken cancellationToken)
        => accounts.OwnAsync<PasskeyView>(
            caller,
            Right,
            async (db, users, user) =>
            {
                if (UserAccounts.Unproven(caller) is { } unproven)
                {
                    return unproven;
                }

                var called = name?.Trim() ?? "";
                if (called.Length is 0 or > MaxNameLength)
                {
                    return Failure.Invalid("name", $"Name the passkey, in 1 to {MaxNameLength} characters.");
                }

                if (!passkey.IsUserVerified)
                {
                    return Failure.Invalid("passkey", "This device did not check that it is you. Use one with a fingerprint, face or PIN.");
                }

                if ((await users.GetPasskeysAsync(user)).Count >= Most)
                {
                    return Failure.Conflict($"You have {Most} passkeys already. Remove one first.");
                }

                passkey.Name = called;
                var added = await users.AddOrUpdatePasskeyAsync(user, passkey);
                if (!added.Succeeded)
                {
                    return UserAccounts.FailureOf(added);
                }

                await db.Set<UserSession>().Where(s => s.Id == caller.SessionId).ExecuteUpdateAsync(set => set.SetProperty(s => s.SecondFactor, true), cancellationToken);
                audit.Append(db, caller.Actor, "user.passkey_added", user.Id, user.Email!, new { name = called });
                return new PasskeyView(Base64Url.EncodeToString(passkey.CredentialId), called, passkey.CreatedAt);
            },
            cancellationToken);

    /// <summary>The passkey opens nothing any more. Again: the same.</summary>
    public Task<Result<bool>> RemoveAsync(string? id, Caller caller, CancellationToken cancellationToken)
        => accounts.OwnAsync<bool>(
            caller,
            Right,
            async (db, users, user) =>
            {
                if ((await users.GetPasskeysAsync(user)).FirstOrDefault(p => Base64Url.EncodeToString(p.CredentialId) == id) is not { } passkey)
                {
                    return false;
                }

                if (UserAccounts.Unproven(caller) is { } unproven)
                {
                    return unproven;
                }

                await users.RemovePasskeyAsync(user, passkey.CredentialId);
                audit.Append(db, caller.Actor, "user.passkey_removed", user.Id, user.Email!, new { name = passkey.Name });
                return true;
            },
            cancellationToken);
}
