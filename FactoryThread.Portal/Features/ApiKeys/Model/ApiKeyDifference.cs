namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>A changed field, before and after.</summary>
public sealed record FieldChange(object? From, object? To);

/// <summary>What differs between two states of a key's settings, for the record; field names as in the HTTP contract.</summary>
public static class ApiKeyDifference
{
    public static Dictionary<string, FieldChange> Between(ApiKeySettings before, ApiKeySettings after)
    {
        var fields = new (string Name, object? From, object? To)[]
        {
            ("name", before.Name, after.Name),
            ("description", before.Description, after.Description),
            ("kind", before.Kind.Code(), after.Kind.Code()),
            ("permission", before.Permission.Code(), after.Permission.Code()),
            ("flows", List(before.Flows), List(after.Flows)),
            ("expiration", before.Expiration.ToString(), after.Expiration.ToString()),
            ("perMinute", before.PerMinute, after.PerMinute),
            ("perDay", before.PerDay, after.PerDay),
            ("networks", List(before.Networks), List(after.Networks)),
            ("allowInUrl", before.AllowInUrl, after.AllowInUrl),
            ("allowSelfRegenerate", before.AllowSelfRegenerate, after.AllowSelfRegenerate),
        };
        return fields.Where(f => !Equals(f.From, f.To)).ToDictionary(f => f.Name, f => new FieldChange(f.From, f.To));
    }

    private static string List(IEnumerable<string> values) => string.Join(", ", values.Order(StringComparer.Ordinal));
}
