using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys.Http;

/// <summary>The writable fields of a key, as a caller sends them; what is absent stays as it is (or at its default).</summary>
internal sealed record KeyBody
{
    public string? Name { get; init; }

    /// <summary>Null takes the description away; absent leaves it.</summary>
    public JsonElement Description { get; init; }

    public string? Environment { get; init; }

    public string? Kind { get; init; }

    public string? Permission { get; init; }

    public List<string>? Flows { get; init; }

    /// <summary><c>30d</c>, <c>90d</c>, <c>1y</c>, <c>never</c> or an ISO 8601 instant.</summary>
    public string? Expiration { get; init; }

    public LimitsBody? Limits { get; init; }

    public List<string>? Networks { get; init; }

    public bool? AllowInUrl { get; init; }

    public bool? AllowSelfRegenerate { get; init; }

    /// <summary>E-mail address of the owner; only when creating.</summary>
    public string? Owner { get; init; }

    /// <summary>A limit that is null goes back to the installation's default; one that is absent stays.</summary>
    internal sealed record LimitsBody
    {
        public JsonElement PerMinute { get; init; }

        public JsonElement PerDay { get; init; }
    }

    /// <summary>These fields over the given settings.</summary>
    public Result<ApiKeySettings> Over(ApiKeySettings settings)
    {
        var (kind, permission, expiration) = (settings.Kind, settings.Permission, settings.Expiration);
        if (!TryText(Description, settings.Description, out var description))
        {
            return Failure.Invalid("description", "A description is text, or null for none.");
        }

        if (Kind is not null && !TryWord(Kind, KeyTraits.Code, out kind))
        {
            return Failure.Invalid("kind", "A kind is production, partner, development or ci_cd.");
        }

        if (Permission is not null && !TryWord(Permission, KeyTraits.Code, out permission))
        {
            return Failure.Invalid("permission", "A permission is full_access, specific_flows or read_only.");
        }

        if (Flows?.Contains(null!) == true || (Flows?.Count > 0 && permission != KeyPermission.SpecificFlows))
        {
            return Failure.Invalid("flows", "Flows are ids of flows and go with the permission specific_flows.");
        }

        if (Expiration is not null && !KeyExpiration.TryParse(Expiration, out expiration))
        {
            return Failure.Invalid("expiration", "An expiration is 30d, 90d, 1y, never or an instant such as 2027-01-31T00:00:00Z.");
        }

        if (Networks?.Contains(null!) == true)
        {
            return Failure.Invalid("networks", "Networks are CIDR networks such as 10.20.0.0/16.");
        }

        if (!TryLimit(Limits?.PerMinute ?? default, settings.PerMinute, out var perMinute))
        {
            return Failure.Invalid("limits.perMinute", "A limit is a whole number from 1 to 2147483647, or null for the default.");
        }

        if (!TryLimit(Limits?.PerDay ?? default, settings.PerDay, out var perDay))
        {
            return Failure.Invalid("limits.perDay", "A limit is a whole number from 1 to 2147483647, or null for the default.");
        }

        return settings with
        {
            Name = Name ?? settings.Name,
            Description = description,
            Kind = kind,
            Permission = permission,
            Flows = Flows ?? settings.Flows,
            Expiration = expiration,
            PerMinute = perMinute,
            PerDay = perDay,
            Networks = Networks ?? settings.Networks,
            AllowInUrl = AllowInUrl ?? settings.AllowInUrl,
            AllowSelfRegenerate = AllowSelfRegenerate ?? settings.AllowSelfRegenerate,
        };
    }

    /// <summary>The value whose code in the contract is this word.</summary>
    public static bool TryWord<T>(string? word, Func<T, string> code, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (code(candidate) == word)
            {
                value = candidate;
                return true;
            }
        }

        value = default;
        return false;
    }

    private static bool TryText(JsonElement element, string? current, out string? text)
    {
        text = current;
        try
        {
            text = element.ValueKind == JsonValueKind.Undefined ? current : element.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // Neither text nor null, or text with half a surrogate pair.
            return false;
        }
    }

    private static bool TryLimit(JsonElement element, int? current, out int? limit)
    {
        limit = element.ValueKind switch
        {
            JsonValueKind.Undefined => current,
            JsonValueKind.Number when element.TryGetInt32(out var number) && number > 0 => number,
            _ => null,
        };
        return element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null || limit is not null;
    }
}

/// <summary>Body of revoke.</summary>
internal sealed record RevokeBody(string? Reason = null);

/// <summary>Body of regenerate.</summary>
/// <param name="Overlap">How long the old value stays valid, <c>[d.]hh:mm:ss</c>; absent: not at all.</param>
internal sealed record RegenerateBody(string? Overlap = null);

/// <summary>A key as the API answers it; with its value only right after it was issued.</summary>
internal sealed record KeyAnswer
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Environment { get; init; }

    public required string Kind { get; init; }

    public required string Permission { get; init; }

    public required IReadOnlyList<string> Flows { get; init; }

    public DateTime? ExpiresAt { get; init; }

    public required LimitsAnswer Limits { get; init; }

    public required IReadOnlyList<string> Networks { get; init; }

    public bool AllowInUrl { get; init; }

    public bool AllowSelfRegenerate { get; init; }

    public required string Owner { get; init; }

    public required string Hint { get; init; }

    public required string Status { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? LastUsedAt { get; init; }

    /// <summary>Until when the value before the current one is accepted too; absent if it is not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? PreviousValidUntil { get; init; }

    /// <summary>The value, in the one answer that reveals it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }

    /// <summary>The limits in force: the key's own, or the installation's defaults.</summary>
    internal sealed record LimitsAnswer(int PerMinute, int PerDay);

    public static KeyAnswer Of(ApiKeyDetails key, KeyLimitDefaults defaults) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Description = key.Description,
        Environment = key.Environment.Code(),
        Kind = key.Kind.Code(),
        Permission = key.Permission.Code(),
        Flows = key.Flows,
        ExpiresAt = key.ExpiresAt?.UtcDateTime,
        Limits = new(key.PerMinute ?? defaults.PerMinute, key.PerDay ?? defaults.PerDay),
        Networks = key.Networks,
        AllowInUrl = key.AllowInUrl,
        AllowSelfRegenerate = key.AllowSelfRegenerate,
        Owner = key.OwnerName,
        Hint = key.Hint,
        Status = key.Status.Code(),
        CreatedAt = key.CreatedAt.UtcDateTime,
        LastUsedAt = key.LastUsedAt?.UtcDateTime,
        PreviousValidUntil = key.Previous?.ValidUntil.UtcDateTime,
    };

    public static KeyAnswer Revealing(RevealedKey revealed, KeyLimitDefaults defaults)
        => Of(revealed.Key, defaults) with { Key = revealed.Token.Reveal() };

    /// <summary>Without the value, whatever prints it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id} {Hint}");
}

/// <summary>One page of a list; <c>next</c> is the cursor of the following page or null.</summary>
internal sealed record ListAnswer<T>(IReadOnlyList<T> Items, string? Next);
