namespace FactoryThread.Portal.Platform;

/// <summary>Texts for files that people open with a spreadsheet.</summary>
public static class Spreadsheet
{
    /// <summary>
    /// Makes sure that no spreadsheet takes a text for a formula. CsvHelper escapes the usual first characters, but not a line feed, a NUL,
    /// the full-width forms or a space before one of them.
    /// </summary>
    public static string Harmless(string text)
    {
        var cleaned = string.Concat(text.Where(c => !char.IsControl(c)));
        return cleaned.TrimStart() is [var first, ..] && first is '=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠' ? "'" + cleaned : cleaned;
    }
}
