using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Adds the client's address to the signed-in person for the length of a request or circuit; it is not stored in the cookie.</summary>
public sealed class SessionAddress(IHttpContextAccessor http) : IClaimsTransformation
{
    public const string ClaimType = "factorythread:address";

    public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
    {
        if (principal.Identity?.IsAuthenticated == true
            && !principal.HasClaim(claim => claim.Type == ClaimType)
            && http.HttpContext?.Connection.RemoteIpAddress is { } address)
        {
            principal = principal.Clone();
            principal.AddIdentity(new ClaimsIdentity([new Claim(ClaimType, address.ToString())]));
        }

        return Task.FromResult(principal);
    }
}
