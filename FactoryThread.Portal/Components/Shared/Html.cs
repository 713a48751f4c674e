using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>For the few places that write markup themselves.</summary>
internal static class Html
{
    // The one for text in any language; the default writes everything but Latin letters as numbers.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Text as it may stand in an element or, between quotes, in an attribute.</summary>
    public static string Encode(string text) => Encoder.Encode(text);
}
