using FactoryThread.Portal.Features.Access;

namespace FactoryThread.Portal.Features.Help.Pages;

/// <summary>What a code of an error answer means and what to do about it. Its anchor is the code.</summary>
internal sealed record ErrorHelp(string Code, int Status, string Title, string Cause, string Fix)
{
    /// <summary>Every code of an error answer, in the order of the statuses.</summary>
    public static IReadOnlyList<ErrorHelp> All { get; } =
    [
        .. new[]
        {
            Of(VerdictCode.AmbiguousKey, "The request has a key in the Authorization header and one as api_key in the address, or several of one kind.", "Send it once, in the header."),
            new("invalid_request", 400, "Bad request", "The address, a header or the body could not be understood: bad JSON, a field the call does not have, or the wrong type. With status 415 the body is not JSON.", "The detail names the place; field names the field. Send Content-Type: application/json."),

            Of(VerdictCode.MissingKey, "No key came with the request. Some proxies and HTTP clients drop the Authorization header when they follow a redirect to another host.", "Send Authorization: Bearer and the key. Check that nothing on the way removes the header."),
            Of(VerdictCode.WrongHeaderFormat, "The header has another scheme (Basic, Token, X-API-Key) or the bare key without Bearer; or the key is in the address, which this key or this installation does not allow.", "Send exactly: Authorization: Bearer, one space, the key."),
            Of(VerdictCode.MalformedKey, "The value is no key: cut off, with a typing error (the checksum does not fit), in quotes, or with the name of a variable in it that was not replaced.", "Copy the key again, whole: ft_live_ or ft_test_ and 40 letters and digits."),
            Of(VerdictCode.UnknownKey, "The form is right, but no key here has this value. It was deleted, or it belongs to another installation.", "Compare the address you call with the one the key came from. If the key was deleted, create a new one."),
            Of(VerdictCode.ExpiredKey, "The key's expiration has passed. From 7 days before, answers carry X-Key-Expires-At.", "Regenerate the key and give the caller the new value. If it ended on a custom date, choose a new expiration first."),
            Of(VerdictCode.RevokedKey, "Somebody revoked the key. The key's page says who, when and why.", "Revoking cannot be undone. Create another key for what is still needed."),
            Of(VerdictCode.ReplacedKey, "The key was regenerated and this is an earlier value, whose overlap is over.", "Use the value issued last. If it is lost, regenerate once more."),
            Of(VerdictCode.OwnerDisabled, "The person who owns the key was disabled, and a key can never do more than its owner.", "An administrator enables the owner, or makes a key for somebody else."),
            new("sign_in_required", 401, "Not signed in", "The address belongs to the portal's pages and needs a signed-in person, not a key.", "Sign in, or call the address for programs under /v1."),
            new("invalid_signature", 401, "Not signed", "A leak report's signature does not fit its body and key identifier.", "Sign the bytes of the body as they are sent, with the key of the identifier in the header."),

            Of(VerdictCode.NetworkNotAllowed, "The request came from an address outside the networks in the key's settings. Behind a proxy the portal may see the proxy's address.", "Call from an allowed network or add it to the key. Behind a proxy, an administrator names it in Portal:KnownProxies."),
            Of(VerdictCode.InsufficientPermission, "The key's permission, or its owner's role, does not include this call: management needs full access, connections need an administrator as owner. A key cannot make one that can do more or lives longer than itself.", "Use a key with the permission, or ask for less."),
            Of(VerdictCode.ReadOnlyKey, "The key is read-only and the request wanted to execute a flow.", "Use a key with All flows or with this flow selected."),
            Of(VerdictCode.FlowNotPermitted, "The key is limited to specific flows and this one is not among them, or does not exist.", "Check the flow's id. Then add the flow in the key's settings, under Permissions."),
            Of(VerdictCode.FlowNotPublished, "The flow exists and the key may run it, but the flow is not published.", "Publish the flow in the portal, under Flows."),

            Of(VerdictCode.FlowNotFound, "There is no flow with this id, or no flow with this custom endpoint.", "Check the id or the route. GET /flows lists the flows your key sees."),
            new("not_found", 404, "Not found", "There is nothing at this address, or what it names does not exist or is not yours to see.", "Check the address and the id in it."),
            new("method_not_allowed", 405, "Method not allowed", "The address takes another method: flows are executed with POST.", "The Allow header names the methods."),
            new("request_timeout", 408, "Too slow", "The request's body did not arrive in time.", "Send it again; check the connection."),
            new("conflict", 409, "Conflict", "The state of the thing forbids this: a name or route that is taken, a revoked key that cannot change, an expired key without a new expiration.", "The detail says what stands in the way."),
            new("body_too_large", 413, "Body too large", "A request's body may have up to 10 MB.", "Send it in parts."),
            new("invalid_field", 422, "A field is not valid", "The request was understood, but a value is not allowed.", "field names the field, the detail says what it may be."),

            Of(VerdictCode.RateLimited, "The key has used up its requests for the last 60 seconds. RateLimit-Policy names the limit, RateLimit what is left.", "Wait as long as Retry-After says. Spread requests, batch them, or ask for a higher limit of this key."),
            Of(VerdictCode.DailyLimitExceeded, "The key has used up its requests for the day, which begins at 00:00 UTC.", "Wait as long as Retry-After says. Look in the key's Usage for what calls more than expected; ask for a higher limit if it is right."),
            Of(VerdictCode.TooManyFailures, "Too many unknown or malformed keys came from your address within a minute. Valid keys from there go on working.", "Correct the key first, then wait as long as Retry-After says. Do not retry a 401 in a loop."),

            new("internal_error", 500, "Something went wrong", "The fault is on the portal's side and has been logged.", "Try again; if it stays, report it with the traceId."),
            new("flow_failed", 502, "The flow failed", "The key was right and the flow was started, but its target could not be reached, took too long or answered with an error.", "Look at the execution by its executionId. This call has counted against the key's limits."),
            Of(VerdictCode.StoreUnavailable, "The portal cannot reach its key store. It lets nothing pass that it cannot check.", "Nothing was executed. Try again as Retry-After says."),
            new("signer_unavailable", 503, "Temporarily unavailable", "The public keys that check a leak report cannot be fetched.", "Send the report again later."),
        },
    ];

    /// <summary>The headings under which the codes stand.</summary>
    public static IReadOnlyList<(string Id, string Title, string Text, Func<int, bool> Holds)> Groups { get; } =
    [
        ("status-401", "401 Unauthorized: authentication failed", "The key is missing, wrong, or no longer valid. Verify that it was copied whole, that it is active and that the header is right.", status => status == 401),
        ("status-403", "403 Forbidden: permission denied", "The key is valid, but may not do this. Check its permissions, its flows, and that the flow is published.", status => status == 403),
        ("status-429", "429 Too Many Requests: rate limited", "Wait as long as the Retry-After header says (whole seconds). A refused request does not count against the limits.", status => status == 429),
        ("status-other", "Other answers", "Not about the key's right, but about the request, the flow or the portal.", status => status is not (401 or 403 or 429)),
    ];

    private static ErrorHelp Of(VerdictCode code, string cause, string fix) => new(code.Answer().Code, code.Answer().Status, code.Answer().Title, cause, fix);
}
