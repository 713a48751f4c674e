using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts.SingleSignOn;

/// <summary>Turns what the identity provider says of a person into a portal user with the role it gives.</summary>
public sealed class SingleSignOnService(UserAccounts accounts, UserService users, AuditLog audit, IOptions<SingleSignOnOptions> options)
{
    /// <summary>
    /// The user for these claims of a validated ID token (OpenID Connect Core 1.0, section 2). Issuer and subject name them for good; at their
    /// first time a verified email joins them to the user who has it, and without one they are made. Their role is set to what the claims give.
    /// </summary>
    /// <returns>The user's id, or why this person may not sign in.</returns>
    public async Task<Result<string>> AdmitAsync(ClaimsPrincipal person, string? address, CancellationToken cancellationToken)
    {
        var role = options.Value.RoleOf(person.FindAll(options.Value.RoleClaim).Select(claim => claim.Value));
        if (role is null)
        {
            return Failure.Forbidden($"Your account at {options.Value.Name} has no role in the portal. Ask an administrator for one.");
        }

        var found = await accounts.InTransactionAsync<PortalUser>((db, identity) => FindAsync(person, role.Value, address, db, identity), cancellationToken);
        if (!found.Succeeded(out var user, out var failure))
        {
            return failure;
        }

        if (user.Role == role)
        {
            return user.Id;
        }

        var directory = Caller.Administrator(new Actor(ActorKind.System, "single-sign-on", options.Value.Name, address), null);
        var changed = await users.ChangeRoleAsync(user.Id, role.Value, directory, cancellationToken);
        return changed.Failure is null ? user.Id : changed.Failure;
    }

    private async Task<Result<PortalUser>> FindAsync(
        ClaimsPrincipal person, PortalRole role, string? address, PortalDbContext db, UserManager<PortalUser> identity)
    {
        var (issuer, subject) = (person.FindFirstValue("iss"), person.FindFirstValue("sub"));
        if (string.IsNullOrEmpty(issuer) || string.IsNullOrEmpty(subject))
        {
            return Failure.Invalid("sub", $"{options.Value.Name} did not say who you are. An administrator can look at its registration of the portal.");
        }

        if (await identity.FindByLoginAsync(issuer, subject) is { } known)
        {
            return Open(known);
        }

        // An address that anybody can claim must not open somebody's account.
        var email = person.FindFirstValue("email");
        if (string.IsNullOrWhiteSpace(email) || !string.Equals(person.FindFirstValue("email_verified"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return Failure.Invalid("email", $"{options.Value.Name} has no verified email address of yours. Have it verified there, then sign in again.");
        }

        if (await identity.FindByEmailAsync(email) is not { } user)
        {
            var made = await accounts.CreateAsync(db, identity, new NewUser(email, null, role), created => UserService.ActorOf(created, address));
            if (!made.Succeeded(out user, out var failure))
            {
                return failure;
            }
        }

        if (user.DisabledAt is not null)
        {
            return Open(user);
        }

        var linked = await identity.AddLoginAsync(user, new UserLoginInfo(issuer, subject, options.Value.Name));
        if (!linked.Succeeded)
        {
            return UserAccounts.FailureOf(linked);
        }

        audit.Append(db, UserService.ActorOf(user, address), "user.login_linked", user.Id, user.Email!, new { issuer });
        return user;
    }

    private static Result<PortalUser> Open(PortalUser user)
        => user.DisabledAt is null ? user : Failure.Forbidden("Your portal account is disabled. An administrator can enable it.");
}
