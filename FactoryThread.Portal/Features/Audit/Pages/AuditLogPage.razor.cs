using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Audit.Pages;

/// <summary>The record, newest first; the filters stand in the address and filter in the database.</summary>
public sealed partial class AuditLogPage : IDisposable
{
    private const int PageSize = 50;

    private List<AuditEntry>? _rows;
    private IReadOnlyList<AuditActor> _actors = [];
    private IReadOnlyList<string> _actions = [];
    private AuditCursor? _next;
    private (string?, string?, string?, string?, string?)? _shown;
    private TimeZoneInfo? _shownZone;
    private string? _fault;
    private bool _forbidden;
    private bool _busy;

    [Inject]
    private AuditLog Audit { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<AuditLogPage> Logger { get; set; } = null!;

    [SupplyParameterFromQuery]
    private string? Actor { get; set; }

    [SupplyParameterFromQuery]
    private string? Action { get; set; }

    [SupplyParameterFromQuery]
    private string? Subject { get; set; }

    [SupplyParameterFromQuery]
    private string? From { get; set; }

    [SupplyParameterFromQuery]
    private string? To { get; set; }

    private (string?, string?, string?, string?, string?) Wanted => (Actor, Action, Subject, From, To);

    private bool Filtered => Wanted is not (null or "", null or "", null or "", null or "", null or "");

    private string? RangeFault => Day(From) > Day(To) ? "The first day lies after the last. Choose them the other way round." : null;

    private AuditQuery Query => new()
    {
        ActorId = Given(Actor),
        Action = Given(Action),
        Subject = Given(Subject),
        From = Day(From) is { } from ? Time.StartOf(from) : null,
        To = Day(To) is { } to ? Time.EndOf(to) : null,
        Take = PageSize,
    };

    public void Dispose() => Time.Changed -= FollowZone;

    protected override void OnInitialized() => Time.Changed += FollowZone;

    protected override async Task OnParametersSetAsync()
    {
        // The prerendered page does not know the viewer's days yet, and the record is nobody's business in a page source.
        if (RendererInfo.IsInteractive && _shown != Wanted)
        {
            _shown = Wanted;
            await LoadAsync();
        }
    }

    private static DateOnly? Day(string? text)
        => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private void FollowZone() => _ = InvokeAsync(async () =>
    {
        if (_shown is not null && (From ?? To) is not null && !Time.Zone.Equals(_shownZone))
        {
            await LoadAsync();
            StateHasChanged();
        }
    });

    private Task LoadAsync() => GuardAsync(async () =>
    {
        var wanted = Wanted;
        _shownZone = Time.Zone;
        if (RangeFault is not null)
        {
            return;
        }

        var page = await Audit.ListAsync(Query, CancellationToken.None);
        _actors = await Audit.ActorsAsync(CancellationToken.None);
        _actions = await Audit.ActionsAsync(CancellationToken.None);

        // Somebody may have chosen another filter meanwhile, whose rows must not be overwritten.
        if (wanted == Wanted)
        {
            (_rows, _next) = ([.. page.Items], page.Next);
        }
    });

    private Task LoadMoreAsync() => GuardAsync(async () =>
    {
        var wanted = Wanted;
        var page = await Audit.ListAsync(Query with { After = _next }, CancellationToken.None);
        if (wanted == Wanted)
        {
            _rows!.AddRange(page.Items);
            _next = page.Next;
        }
    });

    private void Filter(string name, ChangeEventArgs change)
        => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, Given((change.Value as string)?.Trim())), replace: true);

    private void ShowAll() => Navigation.NavigateTo("/settings/audit-log", replace: true);

    private async Task GuardAsync(Func<Task> load)
    {
        (_busy, _fault) = (true, null);
        try
        {
            _forbidden = !(await User.CallerAsync()).IsAdministrator;
            if (!_forbidden)
            {
                await load();
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The audit log cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The audit log could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
