using System.Globalization;
using System.Net;
using System.Text;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>Default limits of keys that have none of their own; configuration section <c>Access:Limits</c>.</summary>
public sealed class KeyLimitDefaults
{
    public const string Section = "Access:Limits";

    /// <summary>Requests in any 60 seconds, 1…2147483647.</summary>
    public int PerMinute { get; set; } = 600;

    /// <summary>Requests in a UTC calendar day, 1…2147483647.</summary>
    public int PerDay { get; set; } = 100_000;
}

/// <summary>A setting that is not allowed: the field in the spelling of the HTTP contract, and what to do about it.</summary>
public sealed record RuleViolation(string Field, string Message);

/// <summary>Which settings a key may have, and when one key would be more than another.</summary>
public static class ApiKeyRules
{
    /// <summary>Settings as they are stored: trimmed, without duplicates.</summary>
    public static ApiKeySettings Normalize(ApiKeySettings settings) => settings with
    {
        Name = (settings.Name ?? "").Trim().Normalize(NormalizationForm.FormC),
        Description = string.IsNullOrWhiteSpace(settings.Description) ? null : settings.Description.Trim(),
        Flows = settings.Permission == KeyPermission.SpecificFlows ? [.. settings.Flows.Distinct(StringComparer.Ordinal)] : [],
        Networks = [.. settings.Networks.Select(n => ApiKeySettings.TryParseNetwork(n, out var network) ? network.ToString() : n.Trim()).Distinct(StringComparer.Ordinal)],
    };

    /// <summary>The first rule that the settings break, or null.</summary>
    /// <param name="flowExists">Whether a flow id exists in the catalogue.</param>
    /// <param name="current">The expiration the key already has; an unchanged one may lie in the past.</param>
    public static RuleViolation? Check(ApiKeySettings settings, Func<string, bool> flowExists, DateTimeOffset now, KeyExpiration? current = null)
    {
        if (settings.Name.Length == 0)
        {
            return new("name", "Give the key a name, such as erp-order-sync-production.");
        }

        if (settings.Name.Length > ApiKey.MaxNameLength || settings.Name.Any(IsInvisible))
        {
            return new("name", $"A name has up to {ApiKey.MaxNameLength} characters, all of them visible.");
        }

        if (settings.Description is { Length: > ApiKey.MaxDescriptionLength } || HasControls(settings.Description))
        {
            return new("description", $"A description has up to {ApiKey.MaxDescriptionLength} characters and no control characters.");
        }

        // A key that is pasted into a note would be stored and shown; that is what the reveal exists to prevent.
        if (KeyPaste.LooksLikeKey(settings.Name) || KeyPaste.LooksLikeKey(settings.Description))
        {
            return new(KeyPaste.LooksLikeKey(settings.Name) ? "name" : "description", "This contains an API key. Keys are never stored here; remove it.");
        }

        if (!Enum.IsDefined(settings.Kind) || !Enum.IsDefined(settings.Permission))
        {
            return new(Enum.IsDefined(settings.Kind) ? "permission" : "kind", "This is not one of the choices.");
        }

        if (settings.Permission == KeyPermission.SpecificFlows)
        {
            if (settings.Flows.Count == 0)
            {
                return new("flows", "Choose at least one flow, or another permission.");
            }

            if (settings.Flows.FirstOrDefault(f => !flowExists(f)) is { } unknown)
            {
                return new("flows", $"There is no flow '{Shorten(unknown)}'.");
            }
        }

        if (settings.Expiration != current)
        {
            if (settings.Expiration.Days is { } days && !KeyExpiration.Periods.Contains(days))
            {
                return new("expiration", "A period is 30 days, 90 days or 1 year; for another, choose a date.");
            }

            if (settings.Expiration.At is { } at && (at <= now || at > now.AddYears(100)))
            {
                return new("expiration", "The expiration date must lie in the future, within 100 years.");
            }
        }

        if (settings.PerMinute < 1)
        {
            return new("limits.perMinute", "A limit per minute is 1 to 2147483647; leave it out for the default.");
        }

        if (settings.PerDay < 1)
        {
            return new("limits.perDay", "A limit per day is 1 to 2147483647; leave it out for the default.");
        }

        if (settings.Networks.Count > ApiKey.MaxNetworks)
        {
            return new("networks", $"A key has up to {ApiKey.MaxNetworks} networks.");
        }

        return settings.Networks.FirstOrDefault(n => !ApiKeySettings.TryParseNetwork(n, out _)) is { } bad
            ? new("networks", $"'{Shorten(bad)}' is not a network; write 10.20.0.0/16 or a single address.")
            : null;
    }

    /// <summary>In what a key of these settings would be more than the key that makes it; null if in nothing.</summary>
    /// <param name="makerEnds">When the value that the maker presented is refused: at its expiry, or earlier while it is retiring.</param>
    public static RuleViolation? Exceeds(ApiKeySettings settings, DateTimeOffset? expiresAt, ApiKey maker, DateTimeOffset? makerEnds, KeyLimitDefaults defaults)
    {
        if (makerEnds is { } end && (expiresAt is null || expiresAt > end))
        {
            return new("expiration", $"It would outlive the calling key, which ends at {end:yyyy-MM-ddTHH:mm:ssZ}.");
        }

        if (maker.Permission == KeyPermission.ReadOnly && settings.Permission != KeyPermission.ReadOnly)
        {
            return new("permission", "The calling key is read-only.");
        }

        if (maker.Permission == KeyPermission.SpecificFlows
            && (settings.Permission != KeyPermission.SpecificFlows || settings.Flows.Any(f => !maker.Flows.Any(m => m.FlowId == f))))
        {
            return new("flows", "It would reach flows that the calling key does not.");
        }

        if (settings.AllowInUrl && !maker.AllowInUrl)
        {
            return new("allowInUrl", "It would be allowed in URLs, which the calling key is not. Send allowInUrl: false.");
        }

        if (settings.AllowSelfRegenerate && !maker.AllowSelfRegenerate)
        {
            return new("allowSelfRegenerate", "It could regenerate itself, which the calling key cannot. Send allowSelfRegenerate: false.");
        }

        if ((settings.PerMinute ?? defaults.PerMinute) > (maker.PerMinute ?? defaults.PerMinute))
        {
            return new("limits.perMinute", "It would have a higher limit than the calling key.");
        }

        if ((settings.PerDay ?? defaults.PerDay) > (maker.PerDay ?? defaults.PerDay))
        {
            return new("limits.perDay", "It would have a higher limit than the calling key.");
        }

        return maker.Networks.Count > 0 && (settings.Networks.Count == 0 || settings.Networks.Any(n => !maker.Networks.Any(m => Contains(m, n))))
            ? new("networks", "It could be used from networks that the calling key cannot.")
            : null;
    }

    /// <summary>The text has control characters other than line breaks and tabs.</summary>
    public static bool HasControls(string? text) => text?.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) == true;

    // Characters that hide or turn text round would let one key pass for another in a list.
    private static bool IsInvisible(char c)
        => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool Contains(string outer, string inner)
        => ApiKeySettings.TryParseNetwork(outer, out var o) && ApiKeySettings.TryParseNetwork(inner, out IPNetwork i)
            && o.PrefixLength <= i.PrefixLength && o.Contains(i.BaseAddress);

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
