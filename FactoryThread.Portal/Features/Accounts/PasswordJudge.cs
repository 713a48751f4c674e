using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Accounts.Model;
using Microsoft.AspNetCore.Identity;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Refuses passwords that guessing finds soon: common ones, words, names, rows of keys, dates, and what the person is known by.</summary>
public sealed class PasswordJudge : IPasswordValidator<PortalUser>
{
    /// <summary>Bits of zxcvbn's estimate: a million guesses, which lockout and throttle stretch over years.</summary>
    private const double LeastEntropy = 20;

    // The estimate takes time with the square of the length, and no more than this is needed to be strong.
    private const int Judged = 72;

    public Task<IdentityResult> ValidateAsync(UserManager<PortalUser> manager, PortalUser user, string? password)
    {
        if (password is null || password.Length < NewUser.MinPasswordLength)
        {
            // Identity's own rule tells it.
            return Task.FromResult(IdentityResult.Success);
        }

        if (password.Length > NewUser.MaxPasswordLength)
        {
            return Refuse("PasswordTooLong", $"A password may have up to {NewUser.MaxPasswordLength} characters.");
        }

        var known = (user.Email ?? "").Split(['@', '.', '-', '_', '+'], StringSplitOptions.RemoveEmptyEntries).Append("factorythread").Append("factory");
        return Zxcvbn.Zxcvbn.MatchPassword(password[..Math.Min(password.Length, Judged)], known).Entropy < LeastEntropy
            ? Refuse("PasswordTooCommon", "This password is too easy to guess: it is a common one, or made of words, names, rows of keys or your email. Choose another; a few words that have nothing to do with each other are easy to remember.")
            : Task.FromResult(IdentityResult.Success);
    }

    private static Task<IdentityResult> Refuse(string code, string message)
        => Task.FromResult(IdentityResult.Failed(new IdentityError { Code = code, Description = message }));
}
