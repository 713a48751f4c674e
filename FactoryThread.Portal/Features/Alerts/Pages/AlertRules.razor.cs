using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>The workspace's rules, and those of single keys.</summary>
public sealed partial class AlertRules
{
    private IReadOnlyList<RuleView>? _rows;
    private bool _mayChange;
    private string? _fault;

    [Inject]
    private AlertRuleService Rules { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<AlertRules> Logger { get; set; } = null!;

    protected override Task OnInitializedAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            var caller = await User.CallerAsync();
            _mayChange = caller.IsAdministrator;
            _rows = await Rules.ListAsync(caller, CancellationToken.None);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.RulesFailed(Logger, exception);
            _fault = reason;
        }
    }

    private async Task AddAsync() => await SavedAsync(await RuleDialog.ShowAsync(Dialogs, null));

    private async Task EditAsync(RuleView rule) => await SavedAsync(await RuleDialog.ShowAsync(Dialogs, rule));

    private async Task SavedAsync(string? said)
    {
        if (said is not null)
        {
            Snackbar.Add(said, Severity.Success);
            await LoadAsync();
        }
    }

    private async Task ResetAsync(RuleView rule)
    {
        try
        {
            var result = await Rules.ResetAsync(rule.Info.Kind, rule.KeyId, await User.CallerAsync(), CancellationToken.None);
            Snackbar.Add(result.Failure?.Message ?? $"{rule.KeyName} follows the workspace's rule again.", result.Failure is null ? Severity.Success : Severity.Error);
            await LoadAsync();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.RulesFailed(Logger, exception);
            Snackbar.Add($"Nothing was changed. {reason}", Severity.Error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The rules of alerts could not be shown or changed.")]
        public static partial void RulesFailed(ILogger logger, Exception exception);
    }
}
