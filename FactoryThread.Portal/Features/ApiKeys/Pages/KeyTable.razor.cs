using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>The rows of the list; on a narrow screen each becomes a card.</summary>
public sealed partial class KeyTable
{
    private static readonly (ApiKeySort Sort, string Text)[] Columns =
    [
        (ApiKeySort.Name, "Name"),
        (ApiKeySort.Created, "Created"),
        (ApiKeySort.LastUsed, "Last used"),
        (ApiKeySort.Expires, "Expires"),
        (ApiKeySort.Status, "Status"),
    ];

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<ApiKeySummary> Rows { get; set; } = [];

    [Parameter]
    [EditorRequired]
    public KeyListFilter Filter { get; set; } = null!;

    /// <summary>Requests per day of the last seven days, by key id; keys without any are left out.</summary>
    [Parameter]
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Sparklines { get; set; } = new Dictionary<string, IReadOnlyList<long>>();

    /// <summary>Ids of the keys that are chosen, on other pages too.</summary>
    [Parameter]
    public IReadOnlySet<string> Selected { get; set; } = new HashSet<string>();

    /// <summary>Rows were chosen or no longer are.</summary>
    [Parameter]
    public EventCallback<(IReadOnlyList<ApiKeySummary> Keys, bool On)> OnSelect { get; set; }

    /// <summary>Newer rows are on their way.</summary>
    [Parameter]
    public bool Busy { get; set; }

    /// <summary>Nothing can be done to the rows but look at them.</summary>
    [Parameter]
    public bool ReadOnly { get; set; }

    [Parameter]
    public EventCallback<ApiKeySort> OnSort { get; set; }

    [Parameter]
    public EventCallback<(ApiKeySummary Key, KeyAction Action)> OnAction { get; set; }

    private IEnumerable<ApiKeySummary> Selectable => Rows.Where(key => KeyLinks.May(KeyAction.Revoke, key.Status));

    private bool AllSelected => Selectable.Any() && Selectable.All(key => Selected.Contains(key.Id));

    private string? AriaSort(ApiKeySort sort) => sort != Filter.Sort ? null : Filter.Descending ? "descending" : "ascending";

    private string Arrow(ApiKeySort sort) => sort != Filter.Sort ? "" : Filter.Descending ? "↓" : "↑";
}
