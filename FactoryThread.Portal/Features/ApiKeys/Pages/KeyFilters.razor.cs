using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>The filters of the list; a change goes back to the first page.</summary>
public sealed partial class KeyFilters
{
    private static readonly List<(ApiKeySort Sort, bool Descending, string Text)> Orders =
    [
        (ApiKeySort.Created, true, "Newest first"),
        (ApiKeySort.Created, false, "Oldest first"),
        (ApiKeySort.LastUsed, true, "Last used first"),
        (ApiKeySort.LastUsed, false, "Last used last"),
        (ApiKeySort.Name, false, "By name"),
        (ApiKeySort.Name, true, "By name, from Z"),
        (ApiKeySort.Expires, false, "First to expire first"),
        (ApiKeySort.Expires, true, "First to expire last"),
        (ApiKeySort.Status, false, "Active first"),
        (ApiKeySort.Status, true, "Revoked first"),
    ];

    private bool _unfolded;

    [Parameter]
    [EditorRequired]
    public KeyListFilter Filter { get; set; } = null!;

    /// <summary>Whose keys there are; a single owner is nothing to filter by.</summary>
    [Parameter]
    public IReadOnlyList<KeyOwner> Owners { get; set; } = [];

    /// <summary>Days without a call after which the workspace calls a key unused.</summary>
    [Parameter]
    public int UnusedDays { get; set; }

    [Parameter]
    public EventCallback<KeyListFilter> OnChanged { get; set; }

    private IEnumerable<Choice> Choices
    {
        get
        {
            yield return new("status", "Status", "All", Filter.Status?.Code(), [.. Enum.GetValues<KeyStatus>().Select(s => (s.Code(), s.ToString()))]);
            yield return new("environment", "Environment", "All", Filter.Environment?.Code(), [.. Enum.GetValues<KeyEnvironment>().Select(e => (e.Code(), e.ToString()))]);
            yield return new("permission", "Permission", "All", Filter.Permission?.Code(), [.. Enum.GetValues<KeyPermission>().Select(p => (p.Code(), p.Label()))]);
            yield return new("type", "Type", "All", Filter.Kind?.Code(), [.. Enum.GetValues<KeyKind>().Select(k => (k.Code(), k.Label()))]);
            if (Owners.Count > 1 || Filter.OwnerId is not null)
            {
                yield return new("owner", "Owner", "All", Filter.OwnerId, [.. Owners.Select(o => (o.Id, o.Name))]);
            }
        }
    }

    private Task ChangeAsync(string parameter, string? value)
        => OnChanged.InvokeAsync(KeyListFilter.Parse(name => name == "page" ? null
            : name == parameter ? value
            : Filter.ToQuery()[name] is { } current ? Convert.ToString(current, System.Globalization.CultureInfo.InvariantCulture) : null));

    private Task SortAsync(ChangeEventArgs change)
        => int.TryParse(change.Value as string, System.Globalization.CultureInfo.InvariantCulture, out var order) && order >= 0 && order < Orders.Count
            ? OnChanged.InvokeAsync(Filter with { Sort = Orders[order].Sort, Descending = Orders[order].Descending, Page = 1 })
            : Task.CompletedTask;

    private sealed record Choice(string Parameter, string Label, string All, string? Value, IReadOnlyList<(string Value, string Text)> Options);
}
