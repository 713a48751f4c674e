using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Which granted flows a key does not call, and the button that takes them away after showing what that would hit.</summary>
public sealed partial class UnusedFlowsCard
{
    private const int MostNames = 5;
    private static readonly int[] Periods = [30, 90];

    private Grants? _grants;
    private ApiKeyDetails? _loaded;
    private int _days = Periods[0];
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private FlowCatalog Catalog { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private CallLog Calls { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<UnusedFlowsCard> Logger { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    [Parameter]
    public EventCallback OnChanged { get; set; }

    private IReadOnlyList<string> Used => [.. _grants!.Granted.Where(f => f.LastCall >= Clock.GetUtcNow().AddDays(-_days)).Select(f => f.Id)];

    private IReadOnlyList<string> Unused => [.. _grants!.Granted.Select(f => f.Id).Except(Used)];

    private string Span => Key.CreatedAt > Clock.GetUtcNow().AddDays(-_days)
        ? $"since the key was made, {Time.Format(Key.CreatedAt, TimeFormat.Relative)}"
        : $"in the last {_days} days";

    protected override Task OnParametersSetAsync() => ReferenceEquals(Key, _loaded) ? Task.CompletedTask : LoadAsync();

    private async Task LoadAsync()
    {
        _loaded = Key;
        if (Key.Status != KeyStatus.Active || Key.Permission == KeyPermission.ReadOnly)
        {
            _grants = null;
            return;
        }

        try
        {
            var now = Clock.GetUtcNow();
            var flows = await Catalog.CurrentAsync(CancellationToken.None);
            var range = Reports.Range(now.AddDays(-Periods[^1]), now, UsageStep.Day).Require();
            var used = (await Reports.ForKeyAsync(Key.Id, range, CancellationToken.None)).Flows.ToDictionary(f => f.FlowId, f => f.LastAt);
            var granted = Key.Permission == KeyPermission.FullAccess ? flows.All.Where(f => f.Published).Select(f => f.Id) : Key.Flows;
            _grants = new Grants(
                [.. granted.Select(id => (id, used.TryGetValue(id, out var last) ? last : (DateTimeOffset?)null))],
                flows.All.ToDictionary(f => f.Id, f => f.Name));
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            // The rest of the page says that the database is away; advice can wait.
            Log.Failed(Logger, fault);
            _grants = null;
        }
    }

    private string Names(IReadOnlyList<string> ids)
        => string.Join(", ", ids.Take(MostNames).Select(id => _grants!.Names.GetValueOrDefault(id, id))) + (ids.Count > MostNames ? $" and {ids.Count - MostNames} more" : "");

    private async Task NarrowAsync()
    {
        _busy = true;
        try
        {
            var settings = Key.Settings with { Permission = KeyPermission.SpecificFlows, Flows = Used };
            var impact = await KeyImpact.OfAsync(Key, Reports, Clock.GetUtcNow(), CancellationToken.None);
            var effect = await NarrowingEffect.OfAsync(Key.Id, settings, Calls, Clock.GetUtcNow(), CancellationToken.None);
            if (!await ConfirmDialog.ShowAsync(Dialogs, NarrowingQuestion.For(Key, impact.Sentence(Time), effect, $"The key may then run only {Names(Used)}.")))
            {
                return;
            }

            var changed = await Keys.UpdateAsync(Key.Id, settings, await User.CallerAsync(), CancellationToken.None, Key.Version);
            Snackbar.Add(
                changed.Failure?.Message ?? $"{Key.Name} may run {UsageText.Count(settings.Flows.Count, "flow", "flows")}. It holds from the next request.",
                changed.Failure is null ? Severity.Success : Severity.Error);
            await OnChanged.InvokeAsync();
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            Snackbar.Add("Nothing was changed: the portal cannot reach its database at the moment. Try again.", Severity.Error);
        }
        finally
        {
            _busy = false;
        }
    }

    private sealed record Grants(IReadOnlyList<(string Id, DateTimeOffset? LastCall)> Granted, IReadOnlyDictionary<string, string> Names);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A key's unused flows could not be read or taken away.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
