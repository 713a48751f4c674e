using System.Globalization;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.Flows.Http;

/// <summary>One page of a list; <c>next</c> is the cursor of the following page or null.</summary>
internal sealed record ListAnswer<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>What a caller may say about a list: <c>limit</c> (1…200, default 50) and <c>cursor</c> (the <c>next</c> of the page before).</summary>
internal readonly record struct ListRequest(int Limit, string? Cursor)
{
    private const int MaxLimit = 200;

    public static readonly Problem BadCursor = Problems.BadRequest("'cursor' is the value of 'next' from the page before.", "cursor");

    public static bool TryRead(HttpContext context, out ListRequest list, out Problem? problem)
    {
        var query = context.Request.Query;
        var limit = 50;
        var fine = !query.TryGetValue("limit", out var text)
            || (text.Count == 1 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit);
        problem = !fine ? Problems.BadRequest("'limit' is 1 to 200.", "limit") : query["cursor"].Count > 1 ? BadCursor : null;
        list = new ListRequest(limit, query["cursor"].ToString() is { Length: > 0 } cursor ? cursor : null);
        return problem is null;
    }

    /// <summary>The page of flows after the cursor, which is the id of the last one on the page before.</summary>
    public ListAnswer<T> PageOf<TItem, T>(IEnumerable<TItem> all, Func<TItem, string> id, Func<TItem, T> answer)
    {
        var after = Cursor ?? "";
        var page = all.Where(item => string.CompareOrdinal(id(item), after) > 0).OrderBy(id, StringComparer.Ordinal).Take(Limit + 1).ToList();
        var next = page.Count > Limit ? id(page[Limit - 1]) : null;
        return new ListAnswer<T>([.. page.Take(Limit).Select(answer)], next);
    }
}
