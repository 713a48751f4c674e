using System.Collections.Frozen;

namespace FactoryThread.Portal.Features.ApiKeys.Model;

/// <summary>How well a key's name tells what the key is for.</summary>
public enum NameQuality
{
    /// <summary>Nothing typed yet.</summary>
    None,

    /// <summary>Says nothing, as <c>key1</c> or <c>asdf</c>.</summary>
    Vague,

    /// <summary>Says something, but not enough, or contradicts the chosen environment.</summary>
    Fair,

    Good,
}

/// <summary>Advice on a key's name while it is typed; it never forbids one.</summary>
/// <param name="Text">One sentence for the person who types; empty for <see cref="NameQuality.None"/>.</param>
public sealed record NamingAdvice(NameQuality Quality, string Text)
{
    private static readonly FrozenSet<string> Empty = new[]
    {
        "key", "keys", "apikey", "api", "my", "the", "a", "an", "new", "old", "one", "two", "test", "testing", "tests", "tmp", "temp", "foo", "bar", "baz", "abc",
        "xyz", "name", "token", "secret", "default", "untitled", "demo", "sample", "example", "stuff", "thing", "things", "something", "misc", "other", "todo",
        "asdf", "asdfg", "asdfgh", "qwer", "qwert", "qwerty", "qwertz", "zxcv", "yxcv", "hjkl", "jkl", "mykey", "testkey", "newkey", "copy", "for", "of", "and",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> LivePlaces = new[] { "production", "prod", "live" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> TestPlaces =
        new[] { "test", "testing", "sandbox", "staging", "stage", "dev", "development", "qa", "uat" }.ToFrozenSet(StringComparer.Ordinal);

    public static NamingAdvice For(string? name, KeyEnvironment environment)
    {
        var words = Words(name ?? "");
        if (words.Count == 0)
        {
            return string.IsNullOrWhiteSpace(name) ? new(NameQuality.None, "") : Vague;
        }

        var places = words.Where(w => LivePlaces.Contains(w) || TestPlaces.Contains(w)).ToList();
        var telling = words.Where(w => Tells(w) && !LivePlaces.Contains(w) && !TestPlaces.Contains(w)).Distinct(StringComparer.Ordinal).Count();
        if (telling == 0)
        {
            return Vague;
        }

        if (environment == KeyEnvironment.Test && places.Find(LivePlaces.Contains) is { } live)
        {
            return new(NameQuality.Fair, $"The name says “{live}”, but this is a test key.");
        }

        if (environment == KeyEnvironment.Live && places.Find(TestPlaces.Contains) is { } test)
        {
            return new(NameQuality.Fair, $"The name says “{test}”, but this is a live key.");
        }

        return places.Count > 0 ? new(NameQuality.Good, "Says who uses it and where.")
            : telling >= 2 ? new(NameQuality.Good, "Says who uses it and what for.")
            : new(NameQuality.Fair, "Could say more: who uses it, what for, where. Such as erp-order-sync-production.");
    }

    private static NamingAdvice Vague { get; } =
        new(NameQuality.Vague, "Too vague to recognise later. Say who uses it and what for, such as erp-order-sync-production.");

    /// <summary>Letters only and in lower case, split at anything else and at a capital inside a word; numbers tell nothing.</summary>
    private static List<string> Words(string name)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= name.Length; i++)
        {
            var letter = i < name.Length && char.IsLetter(name[i]);
            var capital = letter && start >= 0 && char.IsUpper(name[i]) && char.IsLower(name[i - 1]);
            if (start >= 0 && (!letter || capital))
            {
                words.Add(name[start..i].ToLowerInvariant());
                start = -1;
            }

            if (letter && start < 0)
            {
                start = i;
            }
        }

        return words;
    }

    private static bool Tells(string word) => word.Length >= 2 && !Empty.Contains(word) && word.Distinct().Take(2).Count() > 1;
}
