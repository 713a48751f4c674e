using System.Buffers.Text;
using System.Text;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.SingleSignOn;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts.PasswordReset;

/// <summary>A link by which somebody chooses a new password.</summary>
/// <param name="Path">Where it leads on this portal, with a token that exists nowhere else.</param>
public sealed record PasswordLink(string Email, string Path)
{
    /// <summary>Without the token, whatever prints it.</summary>
    public override string ToString() => $"PasswordLink {Email}";
}

/// <summary>
/// Links for those who forgot their password. The token is Identity's own: sealed, bound to the user's security stamp and so dead once a
/// password was chosen, the role changed or the user disabled. A second factor is still asked for at the next sign-in.
/// </summary>
public sealed class PasswordResetService(UserAccounts accounts, AuditLog audit, IServiceScopeFactory scopes, IOptions<SingleSignOnOptions> provider)
{
    public const string Path = "/account/new-password";

    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private static readonly Failure NotValid = Failure.NotFound("It was used, is older than a day, or the account has changed since. Ask for a new one.");

    public Task<Result<PasswordLink>> CreateAsync(string userId, Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Administrator, "makes links for new passwords") is { } refused
            ? Task.FromResult<Result<PasswordLink>>(refused)
            : accounts.InTransactionAsync<PasswordLink>(
                async (db, users) =>
                {
                    if (await users.FindByIdAsync(userId) is not { } user)
                    {
                        return Failure.NotFound("There is no such user.");
                    }

                    if (user.DisabledAt is not null)
                    {
                        return Failure.Conflict($"{user.Email} is disabled. Enable them first.");
                    }

                    // A password would be a way in that stays when the provider's is gone. (The command line knows no provider.)
                    if (user.PasswordHash is null && provider.Value.Enabled)
                    {
                        return Failure.Conflict($"{user.Email} has no password here: they sign in with {provider.Value.Name}.");
                    }

                    audit.Append(db, caller.Actor, "user.password_link_created", user.Id, user.Email!);
                    return await LinkAsync(users, user);
                },
                cancellationToken);

    /// <summary>A link to be mailed to somebody who asked for it without being signed in; null if nobody here has this address and a password.</summary>
    /// <param name="address">Where whoever asked is, for the record.</param>
    public async Task<PasswordLink?> CreateForMailAsync(string email, string? address, CancellationToken cancellationToken)
        => (await accounts.InTransactionAsync<PasswordLink?>(
            async (db, users) =>
            {
                // Who signs in at the company's provider must not get a second way in by mail.
                if (await users.FindByEmailAsync(email) is not { DisabledAt: null, PasswordHash: not null } user)
                {
                    return (PasswordLink?)null;
                }

                audit.Append(db, SignInService.Anonymous(address), "user.password_link_mailed", user.Id, user.Email!);
                return await LinkAsync(users, user);
            },
            cancellationToken)).Value;

    /// <summary>The email address of whom this link is for.</summary>
    public async Task<Result<string>> FindAsync(string? userId, string? token)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await FindAsync(scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>(), userId, token) is { } user ? user.Email! : NotValid;
    }

    /// <summary>
    /// Sets the password and ends every session; every link there was has done its work then. A lockout ends too, unless it guards a second
    /// factor as well.
    /// </summary>
    /// <param name="address">Where the person is, for the record.</param>
    public Task<Result<string>> ResetAsync(string? userId, string? token, string password, string? address, CancellationToken cancellationToken)
        => accounts.InTransactionAsync<string>(
            async (db, users) =>
            {
                if (await FindAsync(users, userId, token) is not { } user)
                {
                    return NotValid;
                }

                var changed = await users.ResetPasswordAsync(user, Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)), password);
                if (!changed.Succeeded)
                {
                    return UserAccounts.FailureOf(changed);
                }

                if (!user.TwoFactorEnabled)
                {
                    await users.ResetAccessFailedCountAsync(user);
                    await users.SetLockoutEndDateAsync(user, null);
                }

                await SessionService.ClearAsync(db, user.Id, null, cancellationToken);
                audit.Append(db, UserService.ActorOf(user, address), "user.password_reset", user.Id, user.Email!);
                return user.Email!;
            },
            cancellationToken);

    private static async Task<PasswordLink> LinkAsync(UserManager<PortalUser> users, PortalUser user)
    {
        var token = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(await users.GeneratePasswordResetTokenAsync(user)));
        return new PasswordLink(user.Email!, $"{Path}?user={user.Id}&token={token}");
    }

    private static async Task<PortalUser?> FindAsync(UserManager<PortalUser> users, string? userId, string? token)
        => userId is { Length: > 0 and <= 100 } && token is { Length: > 0 and <= 2000 } && Base64Url.IsValid(token)
            && await users.FindByIdAsync(userId) is { DisabledAt: null } user
            && await users.VerifyUserTokenAsync(
                user, users.Options.Tokens.PasswordResetTokenProvider, UserManager<PortalUser>.ResetPasswordTokenPurpose, Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)))
                ? user
                : null;
}
