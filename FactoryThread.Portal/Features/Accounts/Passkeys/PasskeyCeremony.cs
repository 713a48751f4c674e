using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Features.Accounts.Passkeys;

/// <summary>
/// The exchange with a browser around one passkey, made and checked by Identity (WebAuthn level 3, sections 7.1 and 7.2). Between question
/// and answer the challenge is kept in a cookie of the browser, encrypted.
/// </summary>
public sealed partial class PasskeyCeremony(SignInManager<PortalUser> signIn, ILogger<PasskeyCeremony> logger)
{
    private static readonly Failure NotAccepted = Failure.Invalid("passkey", "This passkey is not known here, or was not accepted.");
    private static readonly Failure TooLate = Failure.Conflict("That took too long, or was begun in another tab. Try again.");

    public static void Configure(IdentityPasskeyOptions options)
    {
        // Otherwise a device that somebody found would count as both factors.
        options.UserVerificationRequirement = "required";
        // Signing in asks for a passkey without knowing whose, so the device has to keep it.
        options.ResidentKeyRequirement = "required";
        // Identity compares with the request's Origin, which browsers withhold from forms of pages whose Referrer-Policy is no-referrer.
        options.ValidateOrigin = context => ValueTask.FromResult(
            !context.CrossOrigin && Uri.TryCreate(context.Origin, UriKind.Absolute, out var origin)
            && context.HttpContext.Request is var request && Uri.TryCreate($"{request.Scheme}://{request.Host.ToUriComponent()}", UriKind.Absolute, out var here)
            && Uri.Compare(origin, here, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0);
    }

    /// <summary>What the browser needs to make a passkey for the caller (PublicKeyCredentialCreationOptionsJSON).</summary>
    /// <returns>Null if the caller is nobody who signs in.</returns>
    public async Task<string?> AskForNewAsync(Caller caller)
        => caller.PersonId is { } id && await signIn.UserManager.FindByIdAsync(id) is { } user
            ? await signIn.MakePasskeyCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id, Name = user.Email!, DisplayName = user.Email! })
            : null;

    /// <summary>What the browser needs to use any passkey of this portal (PublicKeyCredentialRequestOptionsJSON); it names nobody.</summary>
    public Task<string> AskForAnyAsync() => signIn.MakePasskeyRequestOptionsAsync(user: null);

    /// <summary>Checks a passkey just made for the caller.</summary>
    public async Task<Result<UserPasskeyInfo>> VerifyNewAsync(string? credential, Caller caller)
    {
        if (string.IsNullOrEmpty(credential))
        {
            return NotAccepted;
        }

        try
        {
            var result = await signIn.PerformPasskeyAttestationAsync(credential);
            if (result.Succeeded && result.UserEntity.Id == caller.PersonId)
            {
                return result.Passkey;
            }

            Log.NotAccepted(logger, result.Failure?.Message ?? "it was made for somebody else");
            return NotAccepted;
        }
        catch (InvalidOperationException)
        {
            return TooLate;
        }
    }

    /// <summary>Checks a passkey just used and finds its owner, who may be disabled.</summary>
    public async Task<Result<PortalUser>> VerifyAsync(string? credential)
    {
        if (string.IsNullOrEmpty(credential))
        {
            return NotAccepted;
        }

        try
        {
            var result = await signIn.PerformPasskeyAssertionAsync(credential);
            if (!result.Succeeded || !result.Passkey.IsUserVerified)
            {
                Log.NotAccepted(logger, result.Failure?.Message ?? "the device did not check who uses it");
                return NotAccepted;
            }

            // Keeps the count of its signatures, by which a copy betrays itself.
            await signIn.UserManager.AddOrUpdatePasskeyAsync(result.User, result.Passkey);
            return result.User;
        }
        catch (InvalidOperationException)
        {
            return TooLate;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A passkey was not accepted: {Reason}")]
        public static partial void NotAccepted(ILogger logger, string reason);
    }
}
