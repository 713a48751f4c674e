using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components.Authorization;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>The person in front of an interactive page, with their rights as they are now.</summary>
public sealed class CurrentUser(AuthenticationStateProvider authentication, UserService users)
{
    /// <summary>Reads the rights anew each time: a circuit may be older than the last change to its user.</summary>
    /// <exception cref="UnauthorizedAccessException">Nobody is signed in, or the user was disabled or signed out elsewhere.</exception>
    public async Task<Caller> CallerAsync()
    {
        var state = await authentication.GetAuthenticationStateAsync();
        return await users.FindCallerAsync(state.User, CancellationToken.None)
            ?? throw new UnauthorizedAccessException("You are no longer signed in. Sign in again.");
    }
}
