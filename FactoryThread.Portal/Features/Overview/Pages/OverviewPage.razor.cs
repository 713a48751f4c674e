using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Pages;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Overview.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Overview.Pages;

/// <summary>Is anything wrong, and what to do next: alerts and keys that need something, and the traffic of the last 24 hours.</summary>
public sealed partial class OverviewPage : IDisposable
{
    private const string Traffic = "/workspace/usage?range=24h";

    private View? _view;
    private string? _fault;
    private bool _busy;
    private TimeZoneInfo? _shownZone;

    [Inject]
    private OverviewService Overview { get; set; } = null!;

    [Inject]
    private UsageReports Ranges { get; set; } = null!;

    [Inject]
    private WorkspaceReports Reports { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private ILogger<OverviewPage> Logger { get; set; } = null!;

    private string Subtitle => _view is null ? " " : UsageText.Count(_view.Attention.Keys, "key", "keys") + (_view.Attention.Keys > 0 && Matters.Count == 0 ? ", all quiet" : "");

    private List<Matter> Matters
    {
        get
        {
            var matters = _view!.Attention.Alerts
                .Select(a => new Matter($"alert {a.Id}", AlertLook.ToneOf(a.Level), AlertLook.Icon(a.Level), AlertKindInfo.Of(a.Kind).Label, a.Summary, AlertLook.Action(a, _view.Role), a.ActionLink))
                .ToList();
            Add(_view.Attention.RotationDue, Tone.Bad, PortalIcons.Refresh, "Rotation due", "older than the workspace's schedule allows", _view.MayRotate ? "Rotate" : "See which", "/settings/rotation");
            Add(_view.Attention.ExpiringSoon, Tone.Warn, PortalIcons.Clock, "Expires soon", $"about to expire, within {ApiKey.ExpiresSoonDays} days", "See which", $"{KeyLinks.List}?expires=soon&sort=expires");
            Add(_view.Attention.Unused, Tone.Off, PortalIcons.Info, "Unused", $"without a call for {_view.Attention.UnusedDays} days", "See which", $"{KeyLinks.List}?unused=1");
            matters.AddRange(_view.OverPrivileged.Keys.Select(k => new Matter(
                $"key {k.Key.Id}", Tone.Off, PortalIcons.Key, "More than needed", $"{k.Key.Name} may do more than it did in the last {OverviewService.PrivilegeDays} days.",
                _view.Role >= KeyLinks.LeastToChange(k.OwnerRole) ? "Narrow it" : "See the key", KeyLinks.Details(k.Key.Id))));
            if (_view.OverPrivileged.Total - _view.OverPrivileged.Keys.Count is var more and > 0)
            {
                matters.Add(new Matter("keys", Tone.Off, PortalIcons.Key, "More than needed", $"{UsageText.Count(more, "more key", "more keys")} may do more than needed.", "See the keys", KeyLinks.List));
            }

            // The most urgent first; what is as urgent stays in this order: alerts, sums, single keys.
            return [.. matters.OrderBy(m => m.Tone switch { Tone.Bad => 0, Tone.Warn => 1, _ => 2 })];

            void Add(int count, Tone tone, string icon, string label, string what, string action, string link)
            {
                if (count > 0)
                {
                    matters.Add(new Matter(label, tone, icon, label, $"{UsageText.Count(count, "key is", "keys are")} {what}.", action, link));
                }
            }
        }
    }

    protected override async Task OnInitializedAsync()
    {
        Time.Changed += FollowZone;

        // The prerendered page does not know the viewer's hours yet.
        if (RendererInfo.IsInteractive)
        {
            await LoadAsync();
        }
    }

    public void Dispose() => Time.Changed -= FollowZone;

    private void FollowZone() => _ = InvokeAsync(async () =>
    {
        if (_view is not null && !Time.Zone.Equals(_shownZone))
        {
            await LoadAsync();
            StateHasChanged();
        }
    });

    private async Task LoadAsync()
    {
        (_busy, _fault, _shownZone) = (true, null, Time.Zone);
        try
        {
            var caller = await User.CallerAsync();
            var range = Ranges.Range(Time.Now.AddHours(-24), null, UsageStep.Hour, Time.Zone).Require();

            // Each goes over many rows, and SQLite answers on the thread that asks: beside each other, and not on the page's own.
            var attention = Task.Run(() => Overview.AttentionAsync(caller, CancellationToken.None));
            var overPrivileged = Task.Run(() => Overview.OverPrivilegedAsync(caller, CancellationToken.None));
            var traffic = Task.Run(() => Reports.ReadAsync(UsageScope.Workspace(caller.OnlyOf), range, CancellationToken.None));
            var troubled = Task.Run(() => Overview.TroubledAsync(range.From, caller, CancellationToken.None));
            await Task.WhenAll(attention, overPrivileged, traffic, troubled);
            _view = new View(await attention, await overPrivileged, await traffic, await troubled, caller.Role, caller.OnlyOf is not null);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The overview cannot be shown: the portal cannot reach its database at the moment.";
        }

        _busy = false;
        if (_view is not null && !Time.Zone.Equals(_shownZone))
        {
            // The browser told its zone meanwhile.
            await LoadAsync();
        }
    }

    private static string Requests(TroubledKey key)
        => $"{KeyLinks.Details(key.Key.Id)}?tab=requests&outcome={(key.Counts.Refused >= key.Counts.Failed ? "refused" : "failed")}";

    private static string Told(UsageCounts counts) => (counts.Refused, counts.Failed) switch
    {
        (var refused, 0) => $"{UsageText.Number(refused)} refused",
        (0, var failed) => $"{UsageText.Number(failed)} failed",
        var (refused, failed) => $"{UsageText.Number(refused)} refused, {UsageText.Number(failed)} failed",
    };

    /// <param name="OwnOnly">They see their own keys only.</param>
    private sealed record View(Attention Attention, OverPrivileged OverPrivileged, WorkspaceReport Traffic, IReadOnlyList<TroubledKey> Troubled, PortalRole? Role, bool OwnOnly)
    {
        /// <summary>Any key that is due: of keys of others an operator does not know whether somebody who may more owns them.</summary>
        public bool MayRotate => Role == PortalRole.Administrator || (Role == PortalRole.Operator && OwnOnly);
    }

    private sealed record Matter(string Key, Tone Tone, string Icon, string Label, string Text, string Action, string Link);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The overview could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
