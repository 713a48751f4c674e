using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>Numbers and times of the usage screens, as people read them.</summary>
internal static class UsageText
{
    /// <summary><c>18,204</c></summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>99.2 %</c>; never rounded up to 100 % while something failed; what is there but tiny is not 0 %.</summary>
    public static string Percent(double? share) => share switch
    {
        null => "—",
        0 or 1 => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %"),
        < 0.001 => "< 0.1 %",
        { } part => string.Create(CultureInfo.InvariantCulture, $"{Math.Min(part * 100, 99.9):0.#} %"),
    };

    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalMilliseconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.0} ms"),
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
    };

    /// <summary><c>23 Nov, 13:00</c> or <c>23 Nov</c>, in a zone.</summary>
    public static string Bucket(DateTimeOffset start, UsageStep by, TimeZoneInfo zone)
        => TimeZoneInfo.ConvertTime(start, zone).ToString(by == UsageStep.Hour ? "d MMM, HH:mm" : "d MMM", CultureInfo.InvariantCulture);

    public static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : $"{Number(count)} {many}";

    public static string Label(this Outcome outcome) => outcome.ToString();
}
