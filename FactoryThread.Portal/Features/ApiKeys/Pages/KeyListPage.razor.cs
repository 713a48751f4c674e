using System.Globalization;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>All keys the viewer may see. Search, filters, order and page stand in the address and run in the database.</summary>
public sealed partial class KeyListPage : IDisposable
{
    /// <summary>Letters in a burst are one search.</summary>
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(25);

    /// <summary>Counting takes a processor for longer than the rows: not while the browser paints them and the next letter may come.</summary>
    private static readonly TimeSpan CountingPause = TimeSpan.FromMilliseconds(300);

    private readonly string _id = $"keys-{Guid.NewGuid():n}";
    private readonly Dictionary<string, ApiKeySummary> _selected = new(StringComparer.Ordinal);
    private IReadOnlySet<string> _selectedIds = new HashSet<string>();
    private KeyActions? _actions;
    private KeyListFilter _filter = new();
    private ApiKeyCounts? _counts;
    private IReadOnlyList<ApiKeySummary>? _rows;
    private int? _total;
    private KeyListFilter? _counted;
    private IReadOnlyDictionary<string, IReadOnlyList<long>> _sparklines = new Dictionary<string, IReadOnlyList<long>>();
    private string _search = "";
    private string? _note;
    private string? _fault;
    private bool _busy;
    private PortalRole _role;
    private bool _ownOnly;
    private CancellationTokenSource? _typing;
    private CancellationTokenSource? _loading;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ILogger<KeyListPage> Logger { get; set; } = null!;

    /// <summary>What the prerendered page showed, so that the live one starts with it instead of loading again.</summary>
    [PersistentState]
    public Snapshot? Prerendered { get; set; }

    private int First => ((_filter.Page - 1) * _filter.Rows) + 1;

    private int Last => First + (_rows?.Count ?? 0) - 1;

    private string Subtitle => _counts switch
    {
        null => " ",
        { Total: 0 } => "Keys let other programs use your flows.",
        var c => string.Join(" · ", new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"{c.Total:N0} {(c.Total == 1 ? "key" : "keys")}"),
            c.RotationDue == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{c.RotationDue:N0} {(c.RotationDue == 1 ? "needs" : "need")} rotation"),
            c.ExpiresSoon == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{c.ExpiresSoon:N0} {(c.ExpiresSoon == 1 ? "expires" : "expire")} soon"),
        }.OfType<string>()),
    };

    public void Dispose()
    {
        Navigation.LocationChanged -= LocationChanged;
        _typing?.Cancel();
        _typing?.Dispose();
        _loading?.Cancel();
        _loading?.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += LocationChanged;
        await GuardRoleAsync();
        if (await ReadAddressAsync() is false)
        {
            return;
        }

        if (Prerendered is { } shown)
        {
            (_rows, _total, _counts, _sparklines) = (shown.Items, shown.Total, shown.Counts, shown.Sparklines);
            _counted = _filter.Selection;
            Prerendered = null;
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive && _rows is not null && _total is { } total && _counts is not null)
        {
            Prerendered = new Snapshot(_rows, total, _counts, _sparklines);
        }
    }

    protected override Task OnAfterRenderAsync(bool firstRender) => firstRender ? OpenFromAddressAsync() : Task.CompletedTask;

    private async Task GuardRoleAsync()
    {
        try
        {
            var caller = await User.CallerAsync();
            (_role, _ownOnly) = (caller.Role ?? PortalRole.Viewer, caller.OnlyOf is not null);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            // Loading the keys tells it.
            Log.ListFailed(Logger, fault);
        }
    }

    private Task ReloadAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        _loading?.Cancel();
        _loading?.Dispose();
        _loading = new CancellationTokenSource();
        var cancellation = _loading.Token;
        (_busy, _fault) = (true, null);
        try
        {
            var caller = await User.CallerAsync();
            var filter = _filter;
            var query = filter.Query;
            var rows = await Keys.RowsAsync(query, caller, cancellation);

            // A first page with room left has them all; and only a search takes long to count.
            int? total = filter.Page == 1 && rows.Count < filter.Rows ? rows.Count
                : query.Search is null ? await Keys.TotalAsync(query, caller, cancellation)
                : null;
            var sparklines = await Reports.SparklinesAsync([.. rows.Select(key => key.Id)], Time.Zone, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (total is null && rows.Count > 0 && RendererInfo.IsInteractive)
            {
                // Whoever searches sees what was found before it is counted.
                var counted = filter.Selection == _counted;
                (_rows, _total, _sparklines, _busy) = (rows, counted ? _total : null, sparklines, false);
                StateHasChanged();
                if (!counted)
                {
                    await Task.Delay(CountingPause, Clock, cancellation);
                }
            }

            total ??= await Task.Run(() => Keys.TotalAsync(query, caller, cancellation), cancellation);
            var counts = await Keys.CountsAsync(caller, cancellation);
            cancellation.ThrowIfCancellationRequested();
            (_rows, _total, _counts, _sparklines, _counted) = (rows, total, counts, sparklines, filter.Selection);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.ListFailed(Logger, fault);
            _fault = "The keys cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = false;
    }

    private void ChangeRows(ChangeEventArgs change)
    {
        if (int.TryParse(change.Value as string, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) && KeyListFilter.RowChoices.Contains(rows))
        {
            Go(_filter.WithRows(rows), replace: false);
        }
    }

    private void Select((IReadOnlyList<ApiKeySummary> Keys, bool On) choice)
    {
        foreach (var key in choice.Keys)
        {
            if (choice.On)
            {
                _selected[key.Id] = key;
            }
            else
            {
                _selected.Remove(key.Id);
            }
        }

        _selectedIds = _selected.Keys.ToHashSet(StringComparer.Ordinal);
    }

    private void ClearSelection() => Select(([.. _selected.Values], false));

    private async Task RevokeSelectedAsync()
    {
        if (await BulkRevokeDialog.ShowAsync(Dialogs, [.. _selected.Values.OrderBy(k => k.Name, StringComparer.OrdinalIgnoreCase)]))
        {
            ClearSelection();
            await LoadAsync();
        }
    }

    private Task CreateAsync() => _actions!.CreateAsync(new KeyDraft());

    /// <summary>What a prerendered page showed.</summary>
    public sealed record Snapshot(
        IReadOnlyList<ApiKeySummary> Items, int Total, ApiKeyCounts Counts, IReadOnlyDictionary<string, IReadOnlyList<long>> Sparklines);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The list of keys could not be loaded.")]
        public static partial void ListFailed(ILogger logger, Exception exception);
    }
}
