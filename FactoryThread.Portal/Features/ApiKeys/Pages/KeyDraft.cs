using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>The choices of the expiration field.</summary>
public enum ExpirationChoice
{
    Days30,
    Days90,
    Year,
    Custom,
    Never,
}

/// <summary>What has been typed into the form of a key; nothing here is checked yet.</summary>
public sealed class KeyDraft
{
    private readonly KeyExpiration? _original;
    private readonly DateOnly? _originalDate;

    /// <summary>A new key.</summary>
    public KeyDraft()
    {
    }

    /// <summary>A change of an existing key, or with <paramref name="keepExpiration"/> false a new one like it.</summary>
    public KeyDraft(ApiKeyDetails key, BrowserTime time, bool keepExpiration)
    {
        Name = key.Name;
        Description = key.Description ?? "";
        Environment = key.Environment;
        Kind = key.Kind;
        Permission = key.Permission;
        Flows = [.. key.Flows];
        PerMinute = key.PerMinute?.ToString(CultureInfo.InvariantCulture) ?? "";
        PerDay = key.PerDay?.ToString(CultureInfo.InvariantCulture) ?? "";
        Networks = string.Join('\n', key.Networks);
        AllowInUrl = key.AllowInUrl;
        AllowSelfRegenerate = key.AllowSelfRegenerate;
        StoredIn = keepExpiration ? key.StoredIn ?? "" : "";
        Choice = key.Expiration switch
        {
            { Days: 30 } => ExpirationChoice.Days30,
            { Days: 90 } => ExpirationChoice.Days90,
            { Days: 365 } => ExpirationChoice.Year,
            { Days: not null } => ExpirationChoice.Days90,
            { At: { } at } => CustomOn(at),
            _ => ExpirationChoice.Never,
        };
        if (keepExpiration)
        {
            (_original, _originalDate) = (key.Expiration, CustomDate);
        }

        ExpirationChoice CustomOn(DateTimeOffset at)
        {
            CustomDate = DateOnly.FromDateTime(time.ToLocal(at.AddTicks(-1)).DateTime);
            return ExpirationChoice.Custom;
        }
    }

    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public KeyEnvironment Environment { get; set; }

    public KeyKind Kind { get; set; }

    public KeyPermission Permission { get; set; } = KeyPermission.SpecificFlows;

    public List<string> Flows { get; } = [];

    public ExpirationChoice Choice { get; set; } = ExpirationChoice.Days90;

    public DateOnly? CustomDate { get; set; }

    /// <summary>The expiration was chosen by hand, so another key type no longer changes it.</summary>
    public bool ChoiceIsOwn { get; set; }

    public string PerMinute { get; set; } = "";

    public string PerDay { get; set; } = "";

    /// <summary>CIDR networks, separated by spaces, commas or lines.</summary>
    public string Networks { get; set; } = "";

    public bool AllowInUrl { get; set; } = true;

    public bool AllowSelfRegenerate { get; set; }

    public string StoredIn { get; set; } = "";

    /// <summary>All that was entered, to compare.</summary>
    public string Content => string.Join(
        '\n',
        [Name, Description, PerMinute, PerDay, Networks, $"{Environment} {Kind} {Permission} {Choice} {CustomDate:O} {AllowInUrl} {AllowSelfRegenerate}", .. Flows]);

    /// <summary>The workspace's, for the advice on how often a kind rotates.</summary>
    public RotationSchedule Rotation { get; set; } = RotationSchedule.Recommended;

    /// <summary>The expiration that fits the rotation of the kind: the longest period that is not longer than it.</summary>
    private ExpirationChoice Recommended(KeyKind kind) => Rotation.Days(kind) < 90 ? ExpirationChoice.Days30 : ExpirationChoice.Days90;

    /// <summary>Takes the kind, and its recommended expiration unless one was chosen by hand.</summary>
    public void Choose(KeyKind kind)
    {
        Kind = kind;
        if (!ChoiceIsOwn)
        {
            Choice = Recommended(kind);
        }
    }

    /// <summary>The chosen expiration; a custom date ends at 24:00 in the viewer's zone. Null while the date is missing.</summary>
    public KeyExpiration? Expiration(BrowserTime time) => Choice switch
    {
        ExpirationChoice.Days30 => KeyExpiration.After(30),
        ExpirationChoice.Days90 => KeyExpiration.After(90),
        ExpirationChoice.Year => KeyExpiration.After(365),
        ExpirationChoice.Never => KeyExpiration.Never,

        // The instant that a program chose stays as it is unless the date is changed.
        _ when _original?.At is not null && CustomDate == _originalDate => _original,
        _ => CustomDate is { } date ? KeyExpiration.Until(time.EndOf(date)) : null,
    };

    /// <summary>The expiration is the one the key has already.</summary>
    public bool KeepsExpiration(BrowserTime time) => _original is not null && Expiration(time) == _original;

    /// <summary>The settings to hand to the service, or the first field that cannot be read.</summary>
    public (ApiKeySettings? Settings, RuleViolation? Violation) Read(BrowserTime time)
    {
        if (Expiration(time) is not { } expiration)
        {
            return (null, new("expiration", "Choose the last day on which the key works."));
        }

        if (!TryLimit(PerMinute, out var perMinute))
        {
            return (null, new("limits.perMinute", "Write a whole number from 1 to 2147483647, or leave it empty for the default."));
        }

        if (!TryLimit(PerDay, out var perDay))
        {
            return (null, new("limits.perDay", "Write a whole number from 1 to 2147483647, or leave it empty for the default."));
        }

        return (new ApiKeySettings
        {
            Name = Name,
            Description = Description,
            Kind = Kind,
            Permission = Permission,
            Flows = [.. Flows],
            Expiration = expiration,
            PerMinute = perMinute,
            PerDay = perDay,
            Networks = Networks.Split([' ', ',', ';', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            AllowInUrl = AllowInUrl,
            AllowSelfRegenerate = AllowSelfRegenerate,
        }, null);
    }

    private static bool TryLimit(string text, out int? limit)
    {
        limit = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        // People write 100,000, 100.000 and 100 000.
        var digits = string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c is not (',' or '.' or '\'' or '_')));
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            return false;
        }

        limit = number;
        return true;
    }
}
