using System.Buffers;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>Finds API key values in text that a person typed or pasted, so that they go no further.</summary>
public static class KeyPaste
{
    private static readonly SearchValues<string> Prefixes =
        SearchValues.Create([ApiKeyToken.LivePrefix, ApiKeyToken.TestPrefix], StringComparison.OrdinalIgnoreCase);

    /// <summary>The first whole, well-formed key anywhere in the text, such as in <c>Bearer ft_live_…</c> or in an address.</summary>
    public static bool TryFind(string? text, out ApiKeyToken token)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAny(Prefixes) is >= 0 and var at)
        {
            rest = rest[at..];
            if (rest.Length >= ApiKeyToken.Length && ApiKeyToken.TryParse(rest[..ApiKeyToken.Length], out token))
            {
                return true;
            }

            rest = rest[1..];
        }

        token = default;
        return false;
    }

    /// <summary>
    /// The text contains a key or so much of one that it must be treated as a secret: a prefix and more characters than a hint shows,
    /// as left by a typing error or an incomplete selection.
    /// </summary>
    public static bool LooksLikeKey(string? text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAny(Prefixes) is >= 0 and var at)
        {
            rest = rest[(at + ApiKeyToken.LivePrefix.Length)..];
            var length = 0;
            while (length < rest.Length && char.IsAsciiLetterOrDigit(rest[length]))
            {
                length++;
            }

            if (length > HintCharacters)
            {
                return true;
            }
        }

        return false;
    }

    // ft_live_Ab3d…x9Qz: four characters after the prefix may be shown.
    private const int HintCharacters = 4;
}
