using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components.Authorization;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>
/// Who was found at the beginning of a request that only reads: its page is rendered with these rights. Kept in the request's scope; a live
/// page has a scope of its own, in which nobody sets it.
/// </summary>
public sealed class RequestCaller
{
    public Caller? Caller { get; set; }
}

/// <summary>The person in front of a page, with their rights as they are now.</summary>
public sealed class CurrentUser(AuthenticationStateProvider authentication, UserService users, RequestCaller request)
{
    private PortalRole? _role;

    /// <summary>Reads the rights anew each time: a circuit may be older than the last change to its user.</summary>
    /// <returns><see cref="Caller.Nobody"/>, whom every service refuses, if the user was disabled or the session ended meanwhile.</returns>
    public async Task<Caller> CallerAsync()
    {
        if (request.Caller is { } known)
        {
            return known;
        }

        var state = await authentication.GetAuthenticationStateAsync();
        return await users.FindCallerAsync(state.User, CancellationToken.None) ?? Caller.Nobody;
    }

    /// <summary>Their role is at least this, for pages to show what it may do. A session keeps its role: changing the role ends it.</summary>
    public async Task<bool> IsAtLeastAsync(PortalRole role) => (_role ??= (await CallerAsync()).Role) >= role;
}
