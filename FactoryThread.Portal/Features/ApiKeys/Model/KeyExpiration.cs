using System.Globalization;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>When a key expires: never, a period after its value is issued, or at an instant.</summary>
/// <param name="Days">The period in days; it starts anew when the key is regenerated.</param>
/// <param name="At">The custom instant; it stays when the key is regenerated.</param>
public sealed record KeyExpiration(int? Days, DateTimeOffset? At)
{
    public static KeyExpiration Never { get; } = new(null, null);

    /// <summary>The periods the product offers, in days.</summary>
    public static IReadOnlyList<int> Periods { get; } = [30, 90, 365];

    public static KeyExpiration After(int days) => new(days, null);

    public static KeyExpiration Until(DateTimeOffset instant) => new(null, instant);

    /// <summary>The instant from which the key is invalid, for a value issued at <paramref name="issued"/>; null means never.</summary>
    public DateTimeOffset? From(DateTimeOffset issued) => Days is { } days ? issued.AddDays(days) : At;

    /// <summary>As the HTTP contract writes it: <c>30d</c>, <c>90d</c>, <c>1y</c>, <c>never</c> or an instant.</summary>
    public override string ToString() => Days is { } days
        ? days == 365 ? "1y" : string.Create(CultureInfo.InvariantCulture, $"{days}d")
        : At?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture) ?? "never";

    /// <summary>Reads <c>30d</c>, <c>90d</c>, <c>1y</c>, <c>never</c> or an ISO 8601 instant with its offset.</summary>
    public static bool TryParse(string? text, out KeyExpiration expiration)
    {
        expiration = text switch
        {
            "never" => Never,
            "30d" => After(30),
            "90d" => After(90),
            "1y" => After(365),
            _ => Never,
        };
        if (text is "never" || expiration.Days is not null)
        {
            return true;
        }

        // An instant without an offset would mean something else on every machine.
        if (text is { Length: >= 17 } && (text.EndsWith('Z') || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            expiration = Until(instant.ToUniversalTime());
            return true;
        }

        return false;
    }
}
