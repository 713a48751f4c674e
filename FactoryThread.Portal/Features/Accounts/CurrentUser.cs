using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Who sits at the browser, with the rights they have at this moment; for interactive pages.</summary>
public sealed class CurrentUser(AuthenticationStateProvider authentication, IDbContextFactory<PortalDbContext> contexts)
{
    /// <summary>Read anew each time: a circuit may be older than a change of role.</summary>
    /// <exception cref="UnauthorizedAccessException">Nobody is signed in, or the user is gone or disabled.</exception>
    public async Task<Caller> CallerAsync()
    {
        var state = await authentication.GetAuthenticationStateAsync();
        var id = state.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new UnauthorizedAccessException("Nobody is signed in.");
        await using var db = await contexts.CreateDbContextAsync();
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == id);
        if (user is null || user.DisabledAt is not null)
        {
            throw new UnauthorizedAccessException("The account is disabled.");
        }

        var administrator = await (
            from membership in db.UserRoles
            join role in db.Roles on membership.RoleId equals role.Id
            where membership.UserId == id && role.Name == PortalRoles.Administrator
            select role).AnyAsync();
        return new Caller(new Actor(ActorKind.User, user.Id, user.Email ?? user.Id), user.Id, administrator);
    }
}
