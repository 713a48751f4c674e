namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>After how many days a key of each kind should get a new value.</summary>
public sealed record RotationSchedule(int Production, int Partner, int Development, int CiCd)
{
    public const int MaxDays = 3650;

    /// <summary>What the product recommends until a workspace decides for itself.</summary>
    public static RotationSchedule Recommended { get; } = new(90, 180, 30, 90);

    public int Days(KeyKind kind) => kind switch
    {
        KeyKind.Production => Production,
        KeyKind.Partner => Partner,
        KeyKind.Development => Development,
        KeyKind.CiCd => CiCd,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public RotationSchedule With(KeyKind kind, int days) => kind switch
    {
        KeyKind.Production => this with { Production = days },
        KeyKind.Partner => this with { Partner = days },
        KeyKind.Development => this with { Development = days },
        KeyKind.CiCd => this with { CiCd = days },
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
