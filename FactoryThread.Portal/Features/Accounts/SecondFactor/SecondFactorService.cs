using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts.SecondFactor;

/// <summary>Whether somebody's sign-in asks for a code too.</summary>
/// <param name="RecoveryCodesLeft">Codes that still work in place of the app, 0 to 10.</param>
/// <param name="HasPassword">False for somebody who only signs in at the company's provider.</param>
/// <param name="Passkeys">How many passkeys they have.</param>
public sealed record SecondFactorStatus(bool On, int RecoveryCodesLeft, bool HasPassword, int Passkeys);

/// <summary>What an authenticator app needs, as a text to type and as the address in its QR code. Both are the secret.</summary>
public sealed record AuthenticatorSetup(string Key, string Address)
{
    /// <summary>Without the secret, whatever prints it.</summary>
    public override string ToString() => nameof(AuthenticatorSetup);
}

/// <summary>A person's own authenticator app: set up, turned off, and the recovery codes for the day it is lost.</summary>
public sealed class SecondFactorService(UserAccounts accounts, AuditLog audit)
{
    public const int RecoveryCodes = 10;

    private const string Right = "sets up a second factor";
    private const string Issuer = "FactoryThread";

    private static readonly Failure WrongCode = Failure.Invalid("code", "This code is not right, or was used before. Wait for the next one in your app; its clock must be right.");
    private static readonly Failure AlreadyOn = Failure.Conflict("An authenticator app is already set up. Turn it off first.");

    public async Task<Result<SecondFactorStatus>> StatusAsync(Caller caller, CancellationToken cancellationToken)
        => await accounts.OwnAsync<SecondFactorStatus>(
            caller,
            Right,
            async (_, users, user) => new SecondFactorStatus(
                user.TwoFactorEnabled, await users.CountRecoveryCodesAsync(user), user.PasswordHash is not null, (await users.GetPasskeysAsync(user)).Count),
            cancellationToken);

    /// <summary>The secret for the app. The same one until it is confirmed, so that the page may be loaded again.</summary>
    public Task<Result<AuthenticatorSetup>> BeginAsync(Caller caller, CancellationToken cancellationToken)
        => accounts.OwnAsync<AuthenticatorSetup>(
            caller,
            Right,
            async (_, users, user) =>
            {
                if (user.TwoFactorEnabled)
                {
                    return AlreadyOn;
                }

                var key = await users.GetAuthenticatorKeyAsync(user);
                if (string.IsNullOrEmpty(key))
                {
                    // As ResetAuthenticatorKeyAsync does, which would also end every session: nothing is in force yet.
                    key = users.GenerateNewAuthenticatorKey();
                    await users.SetAuthenticationTokenAsync(user, "[AspNetUserStore]", "AuthenticatorKey", key);
                }

                var address = $"otpauth://totp/{Issuer}:{Uri.EscapeDataString(user.Email!)}?secret={key}&issuer={Issuer}&digits=6";
                return new AuthenticatorSetup(string.Join(' ', key.ToLowerInvariant().Chunk(4).Select(four => new string(four))), address);
            },
            cancellationToken);

    /// <summary>From now on sign-in asks for a code. Other sessions end.</summary>
    /// <param name="sessionId">The session that stays; it has to be renewed, <see cref="SignInService.RefreshAsync"/>.</param>
    /// <returns>The recovery codes, which are shown once.</returns>
    public Task<Result<IReadOnlyList<string>>> TurnOnAsync(string? code, Caller caller, string? sessionId, CancellationToken cancellationToken)
        => ProvenAsync<IReadOnlyList<string>>(
            code,
            recoveryCodesCount: false,
            caller,
            async (db, users, user) =>
            {
                if (user.TwoFactorEnabled)
                {
                    return AlreadyOn;
                }

                if (UserAccounts.Unproven(caller) is { } unproven)
                {
                    return unproven;
                }

                await users.SetTwoFactorEnabledAsync(user, true);
                await SessionService.ClearAsync(db, user.Id, sessionId, cancellationToken);
                await db.Set<UserSession>().Where(s => s.Id == sessionId).ExecuteUpdateAsync(set => set.SetProperty(s => s.SecondFactor, true), cancellationToken);
                audit.Append(db, caller.Actor, "user.second_factor_on", user.Id, user.Email!);
                return await NewCodesAsync(users, user);
            },
            cancellationToken);

    /// <summary>New recovery codes; the earlier ones no longer work.</summary>
    /// <param name="code">A code of the app, or one of the recovery codes.</param>
    public Task<Result<IReadOnlyList<string>>> RenewCodesAsync(string? code, Caller caller, CancellationToken cancellationToken)
        => ProvenAsync<IReadOnlyList<string>>(
            code,
            recoveryCodesCount: true,
            caller,
            async (db, users, user) =>
            {
                audit.Append(db, caller.Actor, "user.recovery_codes_renewed", user.Id, user.Email!);
                return await NewCodesAsync(users, user);
            },
            cancellationToken);

    /// <summary>Sign-in asks for no code any more. Other sessions end.</summary>
    /// <param name="code">A code of the app, or one of the recovery codes.</param>
    /// <inheritdoc cref="TurnOnAsync" path="/param[@name='sessionId']"/>
    public Task<Result<bool>> TurnOffAsync(string? code, Caller caller, string? sessionId, CancellationToken cancellationToken)
        => ProvenAsync<bool>(
            code,
            recoveryCodesCount: true,
            caller,
            async (db, users, user) =>
            {
                await RemoveAsync(users, user);
                await SessionService.ClearAsync(db, user.Id, sessionId, cancellationToken);
                await db.Set<UserSession>().Where(s => s.Id == sessionId).ExecuteUpdateAsync(set => set.SetProperty(s => s.SecondFactor, false), cancellationToken);
                audit.Append(db, caller.Actor, "user.second_factor_off", user.Id, user.Email!);
                return true;
            },
            cancellationToken);

    /// <summary>An administrator takes away the authenticator app and the passkeys of somebody who lost them, and ends their sessions. Again: the same.</summary>
    public Task<Result<bool>> ResetAsync(string userId, Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Administrator, "resets a second factor") is { } refused
            ? Task.FromResult<Result<bool>>(refused)
            : accounts.InTransactionAsync<bool>(
                async (db, users) =>
                {
                    if (await users.FindByIdAsync(userId) is not { } user)
                    {
                        return Failure.NotFound("There is no such user.");
                    }

                    var passkeys = await users.GetPasskeysAsync(user);
                    if (!user.TwoFactorEnabled && passkeys.Count == 0)
                    {
                        return false;
                    }

                    await RemoveAsync(users, user);
                    foreach (var passkey in passkeys)
                    {
                        await users.RemovePasskeyAsync(user, passkey.CredentialId);
                    }

                    await SessionService.ClearAsync(db, user.Id, null, cancellationToken);
                    audit.Append(db, caller.Actor, "user.second_factor_reset", user.Id, user.Email!);
                    return true;
                },
                cancellationToken);

    /// <summary>A code of the app or, where they count, a recovery code, which is then spent.</summary>
    internal static async Task<(bool Right, bool Recovery)> CheckAsync(UserManager<PortalUser> users, PortalUser user, string? code, bool recoveryCodesCount)
    {
        // People copy codes with the blanks and dashes that make them readable.
        var typed = new string([.. (code ?? "").Where(char.IsAsciiLetterOrDigit)]).ToUpperInvariant();
        if (typed.Length == 6 && typed.All(char.IsAsciiDigit))
        {
            return (await users.VerifyTwoFactorTokenAsync(user, TokenOptions.DefaultAuthenticatorProvider, typed), false);
        }

        return recoveryCodesCount && typed.Length == 10 && (await users.RedeemTwoFactorRecoveryCodeAsync(user, $"{typed[..5]}-{typed[5..]}")).Succeeded
            ? (true, true)
            : (false, false);
    }

    private static async Task RemoveAsync(UserManager<PortalUser> users, PortalUser user)
    {
        await users.SetTwoFactorEnabledAsync(user, false);
        await users.ResetAuthenticatorKeyAsync(user);
        await users.GenerateNewTwoFactorRecoveryCodesAsync(user, 0);
    }

    private static async Task<Result<IReadOnlyList<string>>> NewCodesAsync(UserManager<PortalUser> users, PortalUser user)
        => (await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodes))!.ToList();

    private async Task<Result<T>> ProvenAsync<T>(
        string? code, bool recoveryCodesCount, Caller caller, Func<PortalDbContext, UserManager<PortalUser>, PortalUser, Task<Result<T>>> work, CancellationToken cancellationToken)
    {
        // A wrong code is a success of the transaction: that it was tried has to be kept.
        return (await accounts.OwnAsync<Result<T>>(
            caller,
            Right,
            async (db, users, user) =>
            {
                var unproven = await UserAccounts.ProveAsync(users, user, async () => (await CheckAsync(users, user, code, recoveryCodesCount)).Right, WrongCode);
                return unproven is null ? await work(db, users, user) : (Result<T>)unproven;
            },
            cancellationToken)).Flatten();
    }
}
