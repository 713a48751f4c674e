using System.Text.Json;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A changed field in words; <paramref name="From"/> is null where there was no state before.</summary>
public sealed record HistoryChange(string Field, string? From, string To);

/// <summary>An entry of a key's record as a person reads it.</summary>
public sealed record HistoryLine(string Title, IReadOnlyList<HistoryChange> Changes)
{
    /// <param name="time">Writes an instant in the viewer's zone.</param>
    public static HistoryLine Of(AuditEntry entry, Func<DateTimeOffset, string> time)
    {
        var title = entry.Action switch
        {
            "api_key.created" => "Created",
            "api_key.updated" => "Changed",
            "api_key.regenerated" => "Regenerated: a new value was issued, the old one is refused",
            "api_key.previous_retired" => "The old value was retired: only the current one is accepted",
            "api_key.revoked" => "Revoked",
            "api_key.deleted" => "Deleted from the list",
            _ => Words(entry.Action[(entry.Action.IndexOf('.', StringComparison.Ordinal) + 1)..]),
        };
        if (entry.Details is null)
        {
            return new(title, []);
        }

        using var details = JsonDocument.Parse(entry.Details);
        if (entry.Action == "api_key.regenerated" && details.RootElement.TryGetProperty("previousValidUntil", out var until) && until.ValueKind == JsonValueKind.String)
        {
            title = "Regenerated: a new value was issued, the old one stays valid for a while";
        }

        var changes = new List<HistoryChange>();
        if (entry.Action == "api_key.regenerated" && details.RootElement.TryGetProperty("from", out var from) && details.RootElement.TryGetProperty("to", out var to))
        {
            changes.Add(new("Value", Text("hint", from, time), Text("hint", to, time)));
        }

        foreach (var property in details.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("from", out var before) && property.Value.TryGetProperty("to", out var after))
            {
                // A key for all flows has no list of flows: that is not the same as none.
                var was = Text(property.Name, before, time);
                changes.Add(new(Label(property.Name), property.Name == "flows" && was == "none" ? null : was, Text(property.Name, after, time)));
            }
            else if (property.Name is not ("from" or "to") && !IsNothing(property))
            {
                changes.Add(new(Label(property.Name), null, Text(property.Name, property.Value, time)));
            }
        }

        return new(title, changes);
    }

    /// <summary>A created key without flows, or a revocation without a reason, has nothing to say there; without an expiry it has.</summary>
    private static bool IsNothing(JsonProperty property)
        => property.Name != "expiresAt"
            && (property.Value.ValueKind == JsonValueKind.Null || (property.Value.ValueKind == JsonValueKind.Array && property.Value.GetArrayLength() == 0));

    private static string Label(string field) => field switch
    {
        "kind" => "Key type",
        "hint" => "Value",
        "perMinute" => "Requests per minute",
        "perDay" => "Requests per day",
        "allowInUrl" => "Allow in URL",
        "expiresAt" => "Expires",
        "allowSelfRegenerate" => "Regenerate itself",
        "previousValidUntil" => "Old value valid until",
        _ => Words(field),
    };

    private static string Text(string field, JsonElement value, Func<DateTimeOffset, string> time)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(item => item.ToString())),
            _ => value.ToString(),
        };
        return (field, text) switch
        {
            ("perMinute" or "perDay", "") => "default",
            ("networks", "") => "any",
            ("expiresAt" or "expiration", "") => "never",
            (_, "") => "none",
            ("permission", _) => Named(text, Enum.GetValues<KeyPermission>(), KeyTraits.Code, KeyTraits.Label),
            ("kind", _) => Named(text, Enum.GetValues<KeyKind>(), KeyTraits.Code, KeyTraits.Label),
            ("expiration", "30d") => "30 days",
            ("expiration", "90d") => "90 days",
            ("expiration", "1y") => "1 year",
            ("expiration" or "expiresAt" or "previousValidUntil", _) when DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var instant) => time(instant),
            _ => text,
        };
    }

    private static string Named<T>(string code, T[] values, Func<T, string> codeOf, Func<T, string> label)
        where T : struct, Enum
        => values.Where(v => codeOf(v) == code).Select(label).FirstOrDefault() ?? code;

    /// <summary><c>storedIn</c> and <c>stored_in</c> read "Stored in".</summary>
    private static string Words(string name)
    {
        var spaced = string.Concat(name.Select(c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c is '_' or '.' ? " " : c.ToString()));
        return spaced.Length == 0 ? name : char.ToUpperInvariant(spaced[0]) + spaced[1..];
    }
}
