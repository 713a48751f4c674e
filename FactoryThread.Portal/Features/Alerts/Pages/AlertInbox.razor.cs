using System.Globalization;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>The alerts and what to do with them; keeps up with what happens while it is open.</summary>
public sealed partial class AlertInbox : IDisposable
{
    private const int PageSize = 25;

    private static readonly (InboxFilter Filter, string Text)[] Filters =
        [(InboxFilter.Open, "Open"), (InboxFilter.Acknowledged, "Acknowledged"), (InboxFilter.Snoozed, "Snoozed"), (InboxFilter.Resolved, "Resolved")];

    private static readonly (int Hours, string Text)[] Snoozes = [(1, "1 hour"), (8, "8 hours"), (24, "1 day"), (168, "1 week")];

    private Page<AlertView>? _page;
    private InboxCounts? _counts;
    private InboxFilter _filter;
    private int _skip;
    private bool _loaded;
    private string? _fault;
    private bool _busy;
    private AlertKindInfo? _kind;
    private IReadOnlyList<KindCount> _kinds = [];
    private CancellationTokenSource? _all;
    private string? _progress;
    private PortalRole? _role;

    [Inject]
    private AlertService Alerts { get; set; } = null!;

    [Inject]
    private AlertFeed Feed { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<AlertInbox> Logger { get; set; } = null!;

    public void Dispose()
    {
        Feed.Changed -= Reload;
        _all?.Cancel();
    }

    [SupplyParameterFromQuery(Name = "show")]
    private string? Show { get; set; }

    [SupplyParameterFromQuery(Name = "kind")]
    private string? Kind { get; set; }

    protected override void OnInitialized()
    {
        if (RendererInfo.IsInteractive)
        {
            Feed.Changed += Reload;
        }
    }

    protected override Task OnParametersSetAsync()
    {
        var wanted = Enum.TryParse<InboxFilter>(Show, ignoreCase: true, out var filter) && Enum.IsDefined(filter) ? filter : InboxFilter.Open;
        var kind = AlertKindInfo.All.FirstOrDefault(k => k.Code == Kind);
        if (_loaded && wanted == _filter && kind == _kind)
        {
            return Task.CompletedTask;
        }

        (_loaded, _filter, _kind, _skip) = (true, wanted, kind, 0);
        return LoadAsync();
    }

    /// <summary>How many there are, to follow the filter's name; nothing if there are none.</summary>
    private string CountOf(InboxFilter filter)
    {
        var count = filter switch
        {
            InboxFilter.Open => _counts?.Open,
            InboxFilter.Acknowledged => _counts?.Acknowledged,
            InboxFilter.Snoozed => _counts?.Snoozed,
            _ => null,
        };
        return count > 0 ? string.Create(CultureInfo.InvariantCulture, $" {count:N0}") : "";
    }

    private void Reload() => _ = InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    });

    /// <summary>The choice stands in the address, so that it can be shared and survives a reload.</summary>
    private void Choose(InboxFilter filter, string? kind)
        => Navigation.NavigateTo(
            Navigation.GetUriWithQueryParameters(
                Navigation.ToAbsoluteUri(AlertLook.Path).ToString(),
                new Dictionary<string, object?>
                {
                    ["show"] = filter == InboxFilter.Open ? null : filter.ToString().ToLowerInvariant(),
                    ["kind"] = string.IsNullOrEmpty(kind) ? null : kind,
                }),
            replace: true);

    private Task GoAsync(int skip)
    {
        _skip = Math.Max(0, skip);
        return LoadAsync();
    }

    private async Task LoadAsync()
    {
        try
        {
            var caller = await User.CallerAsync();
            _role = caller.Role;
            _page = await Alerts.ListAsync(_filter, _skip, PageSize, caller, CancellationToken.None, _kind?.Kind);
            if (_page.Items.Count == 0 && _skip > 0)
            {
                _skip = 0;
                _page = await Alerts.ListAsync(_filter, 0, PageSize, caller, CancellationToken.None, _kind?.Kind);
            }

            _counts = await Alerts.CountAsync(caller, CancellationToken.None);
            _kinds = await Alerts.KindsAsync(_filter, caller, CancellationToken.None);
            _fault = null;
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.AlertsFailed(Logger, exception);
            _fault = reason;
        }
    }

    private Task AcknowledgeAsync(AlertView alert)
        => DoAsync(caller => Alerts.AcknowledgeAsync(alert.Id, caller, CancellationToken.None), "Acknowledged. It stays under Acknowledged until it is resolved.");

    private async Task AcknowledgeAllAsync(KindCount some)
    {
        if (_busy)
        {
            return;
        }

        using var stop = _all = new CancellationTokenSource();
        _busy = true;
        var (done, last, label) = (0, 0L, AlertKindInfo.Of(some.Kind).Label);
        Failure? refused = null;
        try
        {
            await Piecewise.RunAsync(SomeAsync, Clock, stop.Token);
            if (refused is not null)
            {
                Snackbar.Add($"{refused.Message} {Acknowledged(done)}.", Severity.Error);
                return;
            }

            Snackbar.Add(
                done == 0 ? "None of them is open any more." : $"{Acknowledged(done)}. They stay under Acknowledged until they are resolved.",
                done == 0 ? Severity.Info : Severity.Success);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Snackbar.Add($"Stopped. {Acknowledged(done)}{(done < some.Count ? "; the others stay open." : ".")}", Severity.Info);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.AlertsFailed(Logger, exception);
            Snackbar.Add($"{Acknowledged(done)}, the others not. {reason}", Severity.Error);
        }
        finally
        {
            (_all, _progress, _busy) = (null, null, false);
            Feed.Raise();
        }

        async Task<bool> SomeAsync()
        {
            if (!(await Alerts.AcknowledgeAllAsync(some.Kind, last, some.Newest, await User.CallerAsync(), CancellationToken.None)).Succeeded(out var ids, out refused) || ids.Count == 0)
            {
                return false;
            }

            (done, last) = (done + ids.Count, ids[^1]);
            _progress = $"{label}: acknowledged {UsageText.Number(done)} of {UsageText.Number(some.Count)}…";
            StateHasChanged();
            return true;
        }

        static string Acknowledged(int count) => $"{UsageText.Count(count, "alert", "alerts")} acknowledged";
    }

    private Task ResolveAsync(AlertView alert) => DoAsync(caller => Alerts.ResolveAsync(alert.Id, caller, CancellationToken.None), "Resolved.");

    private Task SnoozeAsync(AlertView alert, ChangeEventArgs change)
        => int.TryParse(change.Value as string, CultureInfo.InvariantCulture, out var hours)
            ? DoAsync(
                caller => Alerts.SnoozeAsync(alert.Id, TimeSpan.FromHours(hours), caller, CancellationToken.None),
                $"Snoozed for {Snoozes.First(s => s.Hours == hours).Text}. It comes back then, or as soon as it gets worse.")
            : Task.CompletedTask;

    private async Task DoAsync(Func<Caller, Task<Result<bool>>> change, string done)
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var result = await change(await User.CallerAsync());
            Snackbar.Add(result.Failure?.Message ?? done, result.Failure is null ? Severity.Success : Severity.Error);
            await LoadAsync();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.AlertsFailed(Logger, exception);
            Snackbar.Add($"Nothing was changed. {reason}", Severity.Error);
        }
        finally
        {
            _busy = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The alerts could not be shown or changed.")]
        public static partial void AlertsFailed(ILogger logger, Exception exception);
    }
}
