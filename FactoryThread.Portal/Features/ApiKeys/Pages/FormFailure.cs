using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Brings a failure to the place where the person can mend it.</summary>
public static class FormFailure
{
    /// <summary>At the field it names if the form has that field; otherwise above the form.</summary>
    public static (RuleViolation? Violation, string? Failure) Split(Failure failure)
        => failure.Field is "name" or "description" or "kind" or "permission" or "flows" or "expiration"
            or "limits.perMinute" or "limits.perDay" or "networks" or "environment" or "storedIn"
            ? (new RuleViolation(failure.Field, failure.Message), null)
            : (null, failure.Message);
}
