using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Mvc;

namespace FactoryThread.Portal.Features.Accounts.Passkeys;

/// <summary>What <c>passkeys.js</c> asks before and after the browser shows its passkeys. A form parameter makes the antiforgery token compulsory.</summary>
public static class PasskeyEndpoints
{
    private const string Json = "application/json";

    private static readonly Failure SignedOut = Failure.Forbidden("You are no longer signed in. Sign in again.");

    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/account/passkeys/creation-options", CreationOptionsAsync).RequireAuthorization().WithMetadata(new AllowHeldAttribute());
        routes.MapPost("/account/passkeys/request-options", RequestOptionsAsync).AllowAnonymous();
        routes.MapPost("/account/passkeys/confirm", ConfirmAsync).RequireAuthorization();
    }

    private static async Task<IResult> CreationOptionsAsync(
        HttpContext context, UserService users, PasskeyCeremony ceremony, [FromForm] string? credential, CancellationToken cancellationToken)
        => await users.FindCallerAsync(context.User, cancellationToken) is { } caller && await ceremony.AskForNewAsync(caller) is { } options
            ? TypedResults.Text(options, Json)
            : SignedOut.ToResult();

    private static async Task<IResult> RequestOptionsAsync(PasskeyCeremony ceremony, [FromForm] string? credential)
        => TypedResults.Text(await ceremony.AskForAnyAsync(), Json);

    private static async Task<IResult> ConfirmAsync(
        HttpContext context, UserService users, PasskeyCeremony ceremony, ConfirmationService confirmation, [FromForm] string? credential, CancellationToken cancellationToken)
    {
        if (await users.FindCallerAsync(context.User, cancellationToken) is not { } caller)
        {
            return SignedOut.ToResult();
        }

        return (await ceremony.VerifyAsync(credential)).Succeeded(out var owner, out var failure)
            && (await confirmation.ConfirmByPasskeyAsync(owner.Id, caller, cancellationToken)).Succeeded(out _, out failure)
            ? TypedResults.NoContent()
            : failure.ToResult();
    }
}
