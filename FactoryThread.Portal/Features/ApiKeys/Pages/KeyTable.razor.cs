using CommunityToolkit.HighPerformance.Buffers;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>The rows of the list; on a narrow screen each becomes a card.</summary>
public sealed partial class KeyTable : IDisposable
{
    private static readonly (ApiKeySort Sort, string Text)[] Columns =
    [
        (ApiKeySort.Name, "Name"),
        (ApiKeySort.Created, "Created"),
        (ApiKeySort.LastUsed, "Last used"),
        (ApiKeySort.Expires, "Expires"),
        (ApiKeySort.Status, "Status"),
    ];

    private static readonly MarkupString NoLonger = new("""<span aria-label="No longer matters">—</span>""");
    private static readonly MarkupString Never = new("<span>No expiration</span>");

    /// <summary>A row reads alike on all pages that show it in the same time zone, and they keep its text once: half of what a page of 50 keeps.</summary>
    private static readonly StringPool Texts = new(2048);

    private readonly EarlierRendering _earlier = new();
    private string? _menu;
    private object? _shown;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

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

    /// <summary>Of whoever looks at them.</summary>
    [Parameter]
    [EditorRequired]
    public PortalRole Role { get; set; }

    [Parameter]
    public EventCallback<ApiKeySort> OnSort { get; set; }

    [Parameter]
    public EventCallback<(ApiKeySummary Key, KeyAction Action)> OnAction { get; set; }

    public void Dispose() => Time.Changed -= Rewrite;

    protected override void OnInitialized() => Time.Changed += Rewrite;

    protected override void OnParametersSet()
    {
        // Back on a page that has the row, its menu would open by itself.
        if (!Rows.Any(key => key.Id == _menu))
        {
            _menu = null;
        }
    }

    protected override void OnAfterRender(bool firstRender) => _earlier.Release();

    // With every letter typed above the rows and twice a minute: what would read as before is neither rendered nor sent again.
    protected override bool ShouldRender()
    {
        var times = string.Join('|', Rows.SelectMany(key => new[] { key.LastUsedAt, key.ExpiresAt }).Select(at => at is { } instant ? Time.Format(instant, TimeFormat.Relative) : ""));
        var shown = (Rows, Filter, Sparklines, Selected, Role, _menu, times, Time.Zone.Id);
        var changed = !shown.Equals(_shown);
        _shown = shown;
        return changed;
    }

    private void ToggleMenu(RowEventArgs row)
    {
        if (row.Id is not null)
        {
            _menu = _menu == row.Id ? null : row.Id;
        }
    }

    private Task PickAsync(RowEventArgs row)
        => !ReadOnly && Selectable.FirstOrDefault(key => key.Id == row.Id) is { } key ? OnSelect.InvokeAsync(([key], row.On)) : Task.CompletedTask;

    private void Rewrite() => _ = InvokeAsync(StateHasChanged);

    private static MarkupString Name(ApiKeySummary key) => Piece(
        $"""<td role="cell" class="c-name"><a class="t" href="{Html.Encode(KeyLinks.Details(key.Id))}">{Html.Encode(key.Name)}</a>""",
        $"""<div class="s"><span class="mono">{Html.Encode(key.Hint)}</span> {KeyStatusChips.Of(key.Environment)}</div></td>""");

    private MarkupString State(ApiKeySummary key, DateTimeOffset now) => Piece(
        $"""<td role="cell" class="c-created">{LocalTime.Of(Time, key.CreatedAt, TimeFormat.Date)}</td>""",
        $"""<td role="cell" class="c-used">{LocalTime.Of(Time, key.LastUsedAt, TimeFormat.Relative, "Never used")}</td>""",
        $"""<td role="cell" class="c-expires">{Expiry(key, now)}</td>""",
        $"""<td role="cell" class="c-status">{KeyStatusChips.Of(key, now)}</td>""",
        $"""<td role="cell" class="c-spark">{Sparkline.Of(Sparklines.GetValueOrDefault(key.Id))}</td>""");

    private static MarkupString Piece(params ReadOnlySpan<string> parts) => new(Texts.GetOrAdd(string.Concat(parts)));

    /// <summary>The days that are left, or the date once that no longer matters.</summary>
    private MarkupString Expiry(ApiKeySummary key, DateTimeOffset now) => key switch
    {
        { Status: KeyStatus.Revoked } => NoLonger,
        { ExpiresAt: null } => Never,
        { Status: KeyStatus.Active } => LocalTime.Of(Time, key.ExpiresAt, TimeFormat.Relative, style: key.ExpiresAt < now.AddDays(ApiKey.ExpiresSoonDays) ? "expires-soon" : null),
        _ => LocalTime.Of(Time, key.ExpiresAt, TimeFormat.Date),
    };

    private bool ReadOnly => Role < PortalRole.Operator;

    private IEnumerable<ApiKeySummary> Selectable => Rows.Where(key => KeyLinks.May(KeyAction.Revoke, key.Status));

    private bool AllSelected => Selectable.Any() && Selectable.All(key => Selected.Contains(key.Id));

    private string? AriaSort(ApiKeySort sort) => sort != Filter.Sort ? null : Filter.Descending ? "descending" : "ascending";
}
