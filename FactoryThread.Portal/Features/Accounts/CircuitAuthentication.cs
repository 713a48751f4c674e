using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Signs open pages out soon after their user was disabled or their session ended.</summary>
public sealed partial class CircuitAuthentication(ILoggerFactory loggers, UserService users, SessionService sessions) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<CircuitAuthentication>();

    protected override TimeSpan RevalidationInterval => SignInSession.Revalidation;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            if (await users.FindCallerAsync(authenticationState.User, cancellationToken) is not { HeldUserId: null })
            {
                return false;
            }

            await sessions.SeenAsync(authenticationState.User, cancellationToken);
            return true;
        }
        catch (Exception exception) when (StoreFault.Is(exception))
        {
            // Every action reads the rights itself and fails while the store does; signing everybody out would only add to the trouble.
            Log.NotRevalidated(_logger, exception);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A session could not be checked because the store is failing; it is checked again in a few seconds.")]
        public static partial void NotRevalidated(ILogger logger, Exception exception);
    }
}
