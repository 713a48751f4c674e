namespace FactoryThread.Portal.Features.Usage.Model;

/// <summary>What the codes of the log mean, for the person who looks at it (the answer itself told the caller).</summary>
public static class RequestCodes
{
    private static readonly (string Code, string Meaning)[] Table =
    [
        ("valid_key", "The key was valid and the request was let through."),
        ("rate_limited", "The key had used up its requests per minute. The caller should wait as the answer says, or the limit be raised."),
        ("daily_limit_exceeded", "The key had used up its requests for the UTC day. It works again from 00:00 UTC, or with a higher limit."),
        ("expired_key", "The key had expired. Regenerate it, or choose a later expiration, and give the caller the new value."),
        ("revoked_key", "The key had been revoked. Whoever still uses it needs another key."),
        ("replaced_key", "An earlier value of the key was used. Give the caller the value that was issued last."),
        ("unknown_key", "The key had been deleted. Whoever still uses it needs another key."),
        ("owner_disabled", "The key's owner is disabled. Enable the owner, or let an active user own a new key."),
        ("network_not_allowed", "The request came from an address outside the key's allowed networks. Add the network, or find out who it was."),
        ("insufficient_permission", "The key's permission does not include what the request asked for."),
        ("read_only_key", "The key is read-only, and the request wanted to execute or change something."),
        ("flow_not_permitted", "The flow is not among those selected for the key."),
        ("flow_not_published", "The flow is not published. Publish it, and the call works."),
        ("flow_not_found", "There is no such flow or route. The caller should check the address."),
        ("wrong_header_format", "The key was sent in the address, where it is not accepted. The caller should send it in the Authorization header."),
        ("flow_failed", "The key was fine, but the flow failed: its target could not be reached, took too long or answered with an error."),
        ("invalid_request", "The request was not understood. The caller should check the address, the headers and the body."),
        ("invalid_field", "A field of the request had a value that is not allowed."),
        ("body_too_large", "The body was larger than 10 MB."),
        ("method_not_allowed", "The address does not take this method."),
        ("not_found", "What the request named does not exist, or not for this key."),
        ("conflict", "The state of the thing did not allow the request."),
        ("request_failed", "The request was let through, but could not be carried out."),
        ("internal_error", "The portal failed to answer. Its log has the reason under the request id."),
    ];

    /// <summary>All codes, those that are met most often first.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Table.Select(row => row.Code)];

    /// <summary>A sentence; null for a code that only another version knows.</summary>
    public static string? Meaning(string code) => Array.Find(Table, row => row.Code == code).Meaning;
}
