using System.Collections.Frozen;

namespace FactoryThread.Portal.Features.Access;

/// <summary>Every way a request with (or without) a key can be judged.</summary>
public enum VerdictCode
{
    Valid,
    MissingKey,
    WrongHeaderFormat,
    AmbiguousKey,
    MalformedKey,
    UnknownKey,
    ExpiredKey,
    RevokedKey,
    ReplacedKey,
    OwnerDisabled,
    NetworkNotAllowed,
    InsufficientPermission,
    ReadOnlyKey,
    FlowNotPermitted,
    FlowNotPublished,
    FlowNotFound,
    RateLimited,
    DailyLimitExceeded,
    TooManyFailures,
    StoreUnavailable,
}

/// <summary>How a verdict is told over HTTP.</summary>
/// <param name="Code">Stable word for programs.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Detail">What to do about it.</param>
/// <param name="Challenge">Value of <c>WWW-Authenticate</c> (RFC 6750, section 3), or null.</param>
/// <param name="Policy">Name of the exceeded limit, or null.</param>
public sealed record VerdictAnswer(string Code, int Status, string Title, string Detail, string? Challenge, string? Policy = null);

/// <summary>The one table from verdict to answer.</summary>
public static class Verdicts
{
    private const string Realm = "Bearer realm=\"FactoryThread\"";

    private static readonly VerdictAnswer[] Table = Build();

    private static readonly FrozenDictionary<string, VerdictAnswer> ByCode = Table.ToFrozenDictionary(a => a.Code, StringComparer.Ordinal);

    public static VerdictAnswer Answer(this VerdictCode code) => Table[(int)code];

    public static VerdictAnswer? Find(string code) => ByCode.GetValueOrDefault(code);

    private static VerdictAnswer[] Build()
    {
        var table = new VerdictAnswer[Enum.GetValues<VerdictCode>().Length];
        Set(VerdictCode.Valid, "valid_key", 200, "The key is valid", "The request may pass.");
        Set(VerdictCode.MissingKey, "missing_key", 401, "No API key", "Send the key in the header: Authorization: Bearer ft_live_….", Realm);
        Set(VerdictCode.WrongHeaderFormat, "wrong_header_format", 401, "The key is not where it belongs", "Send the key in the header, as Authorization: Bearer ft_live_….", Challenge("invalid_request", "Send Authorization: Bearer and the key"));
        Set(VerdictCode.AmbiguousKey, "ambiguous_key", 400, "Two API keys", "Send the key either in the Authorization header or as api_key in the query, once.", Challenge("invalid_request", "More than one way of sending the key was used"));
        Set(VerdictCode.MalformedKey, "malformed_key", 401, "This is not an API key", "The value has the wrong form or checksum. Copy the key again, whole: ft_live_ or ft_test_ and 40 characters.", Invalid("The key is malformed"));
        Set(VerdictCode.UnknownKey, "unknown_key", 401, "Unknown API key", "No key has this value. Check that it was copied from this installation.", Invalid("The key is unknown"));
        Set(VerdictCode.ExpiredKey, "expired_key", 401, "The API key has expired", "Regenerate the key in the portal and use its new value; if it ended on a custom date, give it a new expiration first.", Invalid("The key has expired"));
        Set(VerdictCode.RevokedKey, "revoked_key", 401, "The API key was revoked", "A revoked key never works again. Create a new one in the portal.", Invalid("The key was revoked"));
        Set(VerdictCode.ReplacedKey, "replaced_key", 401, "The API key was regenerated", "This is an earlier value of the key. Use the one issued last.", Invalid("The key was replaced by a newer value"));
        Set(VerdictCode.OwnerDisabled, "owner_disabled", 401, "The API key's owner is disabled", "An administrator can enable the owner or hand the key over.", Invalid("The owner of the key is disabled"));
        Set(VerdictCode.NetworkNotAllowed, "network_not_allowed", 403, "Not from this network", "The key may only be used from the networks in its settings.", Scope("The key may not be used from this network"));
        Set(VerdictCode.InsufficientPermission, "insufficient_permission", 403, "Permission denied", "The key's permission, or the role of its owner, does not include this.", Scope("The key lacks the permission for this"));
        Set(VerdictCode.ReadOnlyKey, "read_only_key", 403, "The key is read-only", "A read-only key views flows and executions; to execute, use a key with All flows or this flow selected.", Scope("The key is read-only"));
        Set(VerdictCode.FlowNotPermitted, "flow_not_permitted", 403, "Not allowed for this flow", "The flow is not among those selected for the key. Add it in the key's settings.", Scope("The key lacks permission for this flow"));
        Set(VerdictCode.FlowNotPublished, "flow_not_published", 403, "The flow is not published", "Publish the flow in the portal, then call it again.");
        Set(VerdictCode.FlowNotFound, "flow_not_found", 404, "No such flow", "Check the flow id or the route of the custom endpoint.");
        Set(VerdictCode.RateLimited, "rate_limited", 429, "Too many requests per minute", "Wait as long as Retry-After says, send fewer requests, or batch them.", policy: "minute");
        Set(VerdictCode.DailyLimitExceeded, "daily_limit_exceeded", 429, "Daily limit exceeded", "The limit starts anew at 00:00 UTC.", policy: "day");
        Set(VerdictCode.TooManyFailures, "too_many_failures", 429, "Too many failed attempts", "Too many unknown or malformed keys came from this address. Correct the key, then try again after Retry-After.", policy: "failures");
        Set(VerdictCode.StoreUnavailable, "store_unavailable", 503, "The key store is unavailable", "Nothing was decided or executed. Try again after Retry-After.");
        return table;

        void Set(VerdictCode code, string word, int status, string title, string detail, string? challenge = null, string? policy = null)
            => table[(int)code] = new VerdictAnswer(word, status, title, detail, challenge, policy);

        static string Challenge(string error, string description) => $"{Realm}, error=\"{error}\", error_description=\"{description}\"";

        static string Invalid(string description) => Challenge("invalid_token", description);

        static string Scope(string description) => Challenge("insufficient_scope", description);
    }
}
