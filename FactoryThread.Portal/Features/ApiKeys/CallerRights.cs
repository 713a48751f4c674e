using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>Which role an operation takes. Every service asks here before it changes anything; pages only hide.</summary>
public static class CallerRights
{
    private static readonly Failure SignedOut = Failure.Forbidden("You are no longer signed in, so this was not done. Sign in again.");

    private static readonly Failure NeedsSecondFactor =
        Failure.Forbidden("Your role needs a second factor, and you signed in without one. Set up an authenticator app on your account page; this was not done.");

    private static readonly Failure Confirm =
        new(FailureKind.Unconfirmed, "This workspace asks you to confirm that it is you before a key gets a value. Nothing was changed yet.");

    /// <summary>Why the caller must not get the value of a key yet, or null if they may.</summary>
    public static Failure? MustConfirm(this Caller caller) => caller.Unconfirmed ? Confirm : null;

    /// <summary>Why the caller may not, or null if they may.</summary>
    /// <param name="what">Such as <c>manages connections</c>.</param>
    public static Failure? Refused(this Caller caller, PortalRole needed, string what)
        => caller.Role >= needed ? null
            : caller.HeldUserId is not null ? NeedsSecondFactor
            : caller.Role is null ? SignedOut
            : needed == PortalRole.Administrator ? Failure.Forbidden($"Only an administrator {what}.")
            : caller.KeyId is not null ? Failure.Forbidden($"Only a key whose owner is an operator or administrator {what}.")
            : Failure.Forbidden($"Only an operator or administrator {what}. You are a viewer: you see keys, flows, requests and alerts and change nothing.");
}
