using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>Which role an operation takes. Every service asks here before it changes anything; pages only hide.</summary>
public static class CallerRights
{
    private static readonly Failure SignedOut = Failure.Forbidden("You are no longer signed in, so nothing was changed. Sign in again.");

    /// <summary>Why the caller may not, or null if they may.</summary>
    /// <param name="what">Such as <c>manages connections</c>.</param>
    public static Failure? Refused(this Caller caller, PortalRole needed, string what)
        => caller.Role >= needed ? null
            : caller.Role is null ? SignedOut
            : needed == PortalRole.Administrator ? Failure.Forbidden($"Only an administrator {what}.")
            : caller.KeyId is not null ? Failure.Forbidden($"Only a key whose owner is an operator or administrator {what}.")
            : Failure.Forbidden($"Only an operator or administrator {what}. You are a viewer: you see everything and change nothing.");
}
