using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts.Confirmation;

/// <summary>What a signed-in person proves with that it is they.</summary>
public enum Proof
{
    Password,

    /// <summary>A code of the authenticator app.</summary>
    Code,

    Passkey,
}

/// <summary>
/// Lets signed-in people prove again that it is they, before they get the value of a key: an unlocked screen or a stolen cookie is not
/// enough then. Signing in counts too.
/// </summary>
public sealed class ConfirmationService(UserAccounts accounts, AuditLog audit, TimeProvider time)
{
    /// <summary>How long a proof counts.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromMinutes(10);

    private static readonly Failure WrongPassword = Failure.Invalid("proof", "This is not your password.");
    private static readonly Failure WrongCode = Failure.Invalid("proof", "This code is not right, or was used before. Wait for the next one in your app.");
    private static readonly Failure OthersPasskey = Failure.Invalid("proof", "This passkey belongs to somebody else.");
    private static readonly Failure NoSession = Failure.Forbidden("This session cannot be confirmed. Sign out and sign in again.");

    /// <summary>Confirms the caller's session. Wrong tries count towards the account's lockout.</summary>
    public async Task<Result<bool>> ConfirmAsync(Proof with, string? proof, Caller caller, CancellationToken cancellationToken)
        => with switch
        {
            Proof.Passkey => Failure.Invalid("proof", "A passkey is used in the browser, not typed."),
            _ when string.IsNullOrWhiteSpace(proof) && caller.Role is not null
                => Failure.Invalid("proof", with == Proof.Code ? "Enter the code your app shows." : "Enter your password."),
            Proof.Code => await ProveAsync(
                caller,
                (users, user) => UserAccounts.ProveAsync(users, user, async () => user.TwoFactorEnabled && (await SecondFactorService.CheckAsync(users, user, proof, recoveryCodesCount: false)).Right, WrongCode),
                cancellationToken),
            _ => await ProveAsync(caller, (users, user) => UserAccounts.ProveAsync(users, user, () => users.CheckPasswordAsync(user, proof!), WrongPassword), cancellationToken),
        };

    /// <summary>Confirms the caller's session after they used a passkey.</summary>
    /// <param name="ownerId">Whose passkey it was.</param>
    public Task<Result<bool>> ConfirmByPasskeyAsync(string ownerId, Caller caller, CancellationToken cancellationToken)
        => ProveAsync(caller, (_, user) => Task.FromResult(user.Id == ownerId ? null : OthersPasskey), cancellationToken);

    private async Task<Result<bool>> ProveAsync(Caller caller, Func<UserManager<PortalUser>, PortalUser, Task<Failure?>> prove, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Viewer, "confirms a session") is { } refused)
        {
            return refused;
        }

        // A wrong proof is a success of the transaction: that it was tried has to be kept.
        return (await accounts.InTransactionAsync<Result<bool>>(
            async (db, users) =>
            {
                if (caller.UserId is null || await users.FindByIdAsync(caller.UserId) is not { } user
                    || await db.Set<UserSession>().SingleOrDefaultAsync(s => s.Id == caller.SessionId && s.UserId == user.Id, cancellationToken) is not { } session)
                {
                    return (Result<bool>)NoSession;
                }

                var unproven = await prove(users, user);
                if (unproven is null)
                {
                    session.Confirm(time.GetStoredNow());
                }

                audit.Append(db, caller.Actor, unproven is null ? "user.confirmed" : "user.confirmation_failed", user.Id, user.Email!);
                return unproven is null ? (Result<bool>)true : unproven;
            },
            cancellationToken)).Flatten();
    }
}
