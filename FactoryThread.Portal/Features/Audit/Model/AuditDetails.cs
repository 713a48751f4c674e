using System.Text.Json;

namespace FactoryThread.Portal.Features.Audit.Model;

/// <summary>A fact of an entry; <paramref name="From"/> is null where there was no state before.</summary>
public sealed record AuditChange(string Field, string? From, string To);

/// <summary>Entries in words.</summary>
public static class AuditDetails
{
    /// <summary><c>api_key.revoked</c> as "API key revoked".</summary>
    public static string Title(string action)
    {
        var dot = action.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? Subject(action) : $"{Subject(action[..dot])} {action[(dot + 1)..].Replace('_', ' ')}";
    }

    /// <summary><c>api_key</c> as "API key".</summary>
    public static string Subject(string type)
    {
        var words = type.Replace('_', ' ');
        return type.StartsWith("api_", StringComparison.Ordinal) ? "API" + words[3..]
            : words.Length == 0 ? "" : char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>What changed, or the facts; null and empty ones are left out unless they replace something.</summary>
    public static IReadOnlyList<AuditChange> Read(string? details)
    {
        if (details is null)
        {
            return [];
        }

        using var json = JsonDocument.Parse(details);
        var changes = new List<AuditChange>();
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object
                && property.Value.TryGetProperty("from", out var from) && property.Value.TryGetProperty("to", out var to))
            {
                if (from.GetRawText() != to.GetRawText())
                {
                    changes.Add(new AuditChange(Label(property.Name), Text(from), Text(to)));
                }
            }
            else if (Text(property.Value) is { Length: > 0 } text && text != None)
            {
                changes.Add(new AuditChange(Label(property.Name), null, text));
            }
        }

        return changes;
    }

    private const string None = "none";

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => None,
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array when value.GetArrayLength() == 0 => None,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(p => $"{Label(p.Name)} {Text(p.Value)}")),
        JsonValueKind.String when value.GetString()!.Length == 0 => None,
        _ => value.ToString(),
    };

    /// <summary><c>perMinute</c> as "Per minute".</summary>
    private static string Label(string field)
    {
        var words = string.Concat(field.Select(c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c == '_' ? " " : c.ToString()));
        return words.Length == 0 ? field : char.ToUpperInvariant(words[0]) + words[1..];
    }
}
