using FactoryThread.Portal.Features.Access.Http;
using FactoryThread.Portal.Features.Accounts.Pages;
using Microsoft.AspNetCore.Authorization;

namespace FactoryThread.Portal.Features.Accounts.SecondFactor;

/// <summary>
/// Leads who is held for want of a second factor (<see cref="ApiKeys.Model.Caller.HeldUserId"/>) to the page that mends it, from wherever
/// they want to go: pages, downloads, circuits. What it found serves the page that is then only read (<see cref="RequestCaller"/>).
/// </summary>
public static class SecondFactorGate
{
    public static void UseSecondFactorGate(this WebApplication app)
    {
        var users = app.Services.GetRequiredService<UserService>();
        app.Use(async (context, next) =>
        {
            if (IsForPeople(context.GetEndpoint()?.Metadata) && context.User.Identity?.IsAuthenticated == true
                && await users.FindCallerAsync(context.User, context.RequestAborted) is { } caller)
            {
                if (caller.HeldUserId is not null)
                {
                    context.Response.Redirect(Authenticator.Path);
                    return;
                }

                if (HttpMethods.IsGet(context.Request.Method) && !context.WebSockets.IsWebSocketRequest)
                {
                    context.RequestServices.GetRequiredService<RequestCaller>().Caller = caller;
                }
            }

            await next(context);
        });
    }

    private static bool IsForPeople(EndpointMetadataCollection? metadata)
        => metadata?.GetMetadata<IAllowAnonymous>() is null && metadata?.GetMetadata<KeyAccess>() is null && metadata?.GetMetadata<AllowHeldAttribute>() is null;
}
