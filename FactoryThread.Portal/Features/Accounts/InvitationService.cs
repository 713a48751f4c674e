using System.Buffers.Text;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Links by which people become users: each works once, for a while, until an administrator takes it back.</summary>
public sealed class InvitationService(UserAccounts accounts, IDbContextFactory<PortalDbContext> contexts, AuditLog audit, TimeProvider time)
{
    public const string Path = "/account/invitation";

    private const string Right = "invites people";

    private static readonly Failure NotValid = Failure.NotFound("This invitation is not valid: it was used, taken back or has expired. Ask an administrator for a new one.");

    /// <summary>The link's token is in the answer and nowhere else. An earlier invitation to the same address ends.</summary>
    public Task<Result<NewInvitation>> CreateAsync(string email, PortalRole role, Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Administrator, Right) is { } refused
            ? Task.FromResult<Result<NewInvitation>>(refused)
            : accounts.InTransactionAsync<NewInvitation>(
                async (db, users) =>
                {
                    var address = email.Trim();
                    if (address.Length is 0 or > NewUser.MaxEmailLength || !MailAddress.TryCreate(address, out var parsed) || parsed.Address != address)
                    {
                        return Failure.Invalid("email", "This is not an email address, such as ada@example.com.");
                    }

                    if (await users.FindByEmailAsync(address) is not null)
                    {
                        return Failure.Conflict("There is already a user with this email address.", "email");
                    }

                    foreach (var earlier in await Open(db).Where(i => i.Email == address).ToListAsync(cancellationToken))
                    {
                        Revoke(db, earlier, caller);
                    }

                    var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
                    var invitation = Invitation.Create(address, role, Hash(token), caller.UserId, caller.Actor.Name, time.GetStoredNow());
                    db.Add(invitation);
                    audit.Append(db, caller.Actor, "invitation.created", invitation.Id, address, new { role = UserAccounts.Code(role), expiresAt = invitation.ExpiresAt });
                    return new NewInvitation(View(invitation), token);
                },
                cancellationToken);

    /// <summary>Those that can still be accepted, newest first.</summary>
    public async Task<Result<IReadOnlyList<InvitationView>>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Refused(PortalRole.Administrator, Right) is { } refused)
        {
            return refused;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return (await Open(db).AsNoTracking().OrderByDescending(i => i.CreatedAt).ToListAsync(cancellationToken)).ConvertAll(View);
    }

    /// <summary>The link no longer works. Again: the same.</summary>
    public Task<Result<InvitationView>> RevokeAsync(string id, Caller caller, CancellationToken cancellationToken)
        => caller.Refused(PortalRole.Administrator, Right) is { } refused
            ? Task.FromResult<Result<InvitationView>>(refused)
            : accounts.InTransactionAsync<InvitationView>(
                async (db, _) =>
                {
                    if (await db.Set<Invitation>().SingleOrDefaultAsync(i => i.Id == id && i.AcceptedAt == null, cancellationToken) is not { } invitation)
                    {
                        return Failure.NotFound("There is no such invitation, or somebody has accepted it. They are among the users then.");
                    }

                    if (invitation.RevokedAt is null)
                    {
                        Revoke(db, invitation, caller);
                    }

                    return View(invitation);
                },
                cancellationToken);

    /// <summary>The invitation that this link is for.</summary>
    public async Task<Result<InvitationView>> FindAsync(string? token, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, token, cancellationToken) is { } invitation ? View(invitation) : NotValid;
    }

    /// <summary>Makes the user; the link has done its work then.</summary>
    /// <param name="address">Where the person is, for the record.</param>
    public Task<Result<UserSummary>> AcceptAsync(string? token, string password, string? address, CancellationToken cancellationToken)
        => accounts.InTransactionAsync<UserSummary>(
            async (db, users) =>
            {
                if (await FindAsync(db, token, cancellationToken) is not { } invitation)
                {
                    return NotValid;
                }

                var wish = new NewUser(invitation.Email, password, invitation.Role);
                if (!(await accounts.CreateAsync(db, users, wish, user => UserService.ActorOf(user, address), invitation.Id)).Succeeded(out var user, out var failure))
                {
                    return failure;
                }

                invitation.Accept(time.GetStoredNow());
                return UserService.Summary(user);
            },
            cancellationToken);

    /// <summary>Who may no longer invite people has not invited any.</summary>
    internal async Task RevokeAllOfAsync(PortalDbContext db, string userId, Caller caller, CancellationToken cancellationToken)
    {
        foreach (var invitation in await Open(db).Where(i => i.CreatedById == userId).ToListAsync(cancellationToken))
        {
            Revoke(db, invitation, caller);
        }
    }

    private void Revoke(PortalDbContext db, Invitation invitation, Caller caller)
    {
        invitation.Revoke(time.GetStoredNow());
        audit.Append(db, caller.Actor, "invitation.revoked", invitation.Id, invitation.Email);
    }

    private IQueryable<Invitation> Open(PortalDbContext db)
    {
        var now = time.GetUtcNow();
        return db.Set<Invitation>().Where(i => i.AcceptedAt == null && i.RevokedAt == null && i.ExpiresAt > now);
    }

    private async Task<Invitation?> FindAsync(PortalDbContext db, string? token, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(token) || token.Length > 100)
        {
            return null;
        }

        var hash = Hash(token);
        return await Open(db).SingleOrDefaultAsync(i => i.TokenHash == hash, cancellationToken);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static InvitationView View(Invitation invitation)
        => new(invitation.Id, invitation.Email, invitation.Role, invitation.CreatedBy, invitation.CreatedAt, invitation.ExpiresAt);
}
