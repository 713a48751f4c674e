using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Which keys need a new value in the next days, those that are overdue first.</summary>
public sealed partial class RotationPage
{
    private const int Days = 30;
    private const int Step = 100;

    // Beyond, the list with its filter is the better place: it has pages.
    private const int Most = 500;

    private KeyActions? _actions;
    private RotationPlan? _plan;
    private string? _fault;
    private int _round;
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private ILogger<RotationPage> Logger { get; set; } = null!;

    /// <summary>What the prerendered page showed, so that the live one starts with it instead of loading again.</summary>
    [PersistentState]
    public RotationPlan? Prerendered { get; set; }

    private string Subtitle => _plan switch
    {
        null => " ",
        { Total: 0 } => $"The next {Days} days",
        { Overdue: 0 } plan => $"{UsageText.Count(plan.Total, "key", "keys")} due in the next {Days} days, none overdue",
        { } plan when plan.Overdue == plan.Total => $"{UsageText.Count(plan.Overdue, "key is", "keys are")} overdue",
        { } plan => $"{UsageText.Count(plan.Overdue, "key is", "keys are")} overdue, {UsageText.Number(plan.Total - plan.Overdue)} more due in the next {Days} days",
    };

    protected override async Task OnInitializedAsync()
    {
        if (Prerendered is not null)
        {
            (_plan, Prerendered) = (Prerendered, null);
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive)
        {
            Prerendered = _plan;
        }
    }

    private bool IsOverdue(ApiKeySummary key) => key.RotationDueAt <= Clock.GetUtcNow();

    private (Tone Tone, string Icon, string Text) Due(ApiKeySummary key)
    {
        var left = key.RotationDueAt - Clock.GetUtcNow();
        return left <= TimeSpan.Zero ? (Tone.Bad, PortalIcons.Alert, "Overdue")
            : left <= TimeSpan.FromDays(7) ? (Tone.Warn, PortalIcons.Clock, "This week")
            : (Tone.Off, PortalIcons.Clock, $"In {(int)Math.Ceiling(left.TotalDays)} days");
    }

    private Task LoadMoreAsync() => LoadAsync(_plan!.Keys.Count + Step);

    /// <summary>Again, as much as is shown.</summary>
    private Task LoadAsync() => LoadAsync(Math.Max(Step, _plan?.Keys.Count ?? 0));

    private async Task LoadAsync(int most)
    {
        // A key was regenerated while more was loading, or the other way round: the later one counts.
        var round = ++_round;
        _busy = true;
        var (plan, fault) = (_plan, (string?)null);
        try
        {
            plan = await Keys.PlanRotationAsync(Days, most, await User.CallerAsync(), CancellationToken.None);
        }
        catch (Exception exception) when (StoreFault.Is(exception))
        {
            Log.PlanFailed(Logger, exception);
            fault = "The plan cannot be shown: the portal cannot reach its database at the moment.";
        }

        if (round == _round)
        {
            (_plan, _fault, _busy) = (plan, fault, false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The rotation plan could not be loaded.")]
        public static partial void PlanFailed(ILogger logger, Exception exception);
    }
}
