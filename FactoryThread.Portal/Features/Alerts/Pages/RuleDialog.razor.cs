using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>Changes a rule, or makes one for a key; the result is a sentence about what was saved.</summary>
public sealed partial class RuleDialog
{
    private readonly string _id = $"rule-{Guid.NewGuid():n}";
    private IReadOnlyList<(string Id, string Name)> _found = [];
    private AlertKind _kind;
    private string _key = "";
    private bool _enabled = true;
    private string _threshold = "";
    private string _minimum = "";
    private Failure? _violation;
    private string? _failure;
    private bool _busy;
    private bool _focused;
    private ElementReference _first;
    private ElementReference _switch;

    [Inject]
    private AlertRuleService Rules { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>The rule to change; null makes one for a key.</summary>
    [Parameter]
    public RuleView? Rule { get; set; }

    private AlertKindInfo Info => AlertKindInfo.Of(_kind);

    /// <summary>What was saved, or null if nothing was.</summary>
    public static async Task<string?> ShowAsync(IDialogService dialogs, RuleView? rule)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var shown = await dialogs.ShowAsync<RuleDialog>(rule?.Info.Label ?? "Rule for a key", new DialogParameters<RuleDialog> { { d => d.Rule, rule } }, options);
        return await shown.Result is { Canceled: false, Data: string said } ? said : null;
    }

    protected override void OnInitialized()
    {
        _kind = Rule?.Info.Kind ?? AlertKind.UnusualRate;
        Fill(Rule?.Settings ?? RuleSettings.Default(_kind));
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The first rendering is behind the scenes of MudBlazor: the fields are not there yet.
        if (!_focused && _switch.Context is not null)
        {
            _focused = true;
            await (Rule is null ? _first : _switch).FocusAsync();
        }
    }

    private void Fill(RuleSettings settings)
        => (_enabled, _threshold, _minimum) = (
            settings.Enabled, settings.Threshold?.ToString(CultureInfo.InvariantCulture) ?? "", settings.Minimum?.ToString(CultureInfo.InvariantCulture) ?? "");

    private string Id(string field) => $"{_id}-{field}";

    private string? ErrorOf(string field) => _violation?.Field == field ? _violation.Message : null;

    private string? Invalid(string field) => ErrorOf(field) is null ? null : "true";

    private async Task FindAsync(ChangeEventArgs change)
    {
        _key = change.Value as string ?? "";
        try
        {
            _found = _key.Trim().Length == 0 ? [] : (await Rules.FindKeysAsync(_key, await User.CallerAsync(), CancellationToken.None)).Value ?? [];
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            _failure = $"Keys cannot be looked up. {reason}";
        }
    }

    private void ChooseKind(ChangeEventArgs change)
    {
        if (Enum.TryParse<AlertKind>(change.Value as string, out var kind))
        {
            _kind = kind;
            Fill(RuleSettings.Default(kind));
        }
    }

    private async Task SaveAsync()
    {
        var settings = new RuleSettings(
            _enabled,
            double.TryParse(_threshold.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var threshold) ? threshold : null,
            long.TryParse(_minimum, NumberStyles.None, CultureInfo.InvariantCulture, out var minimum) ? minimum : null);
        await DoAsync(async () =>
        {
            var result = await Rules.SetAsync(_kind, Rule is null ? _key : Rule.KeyId, settings, await User.CallerAsync(), CancellationToken.None);
            return (result.Failure, $"{Info.Label}: saved{(result.Value?.KeyName is { } name ? $" for {name}" : "")}. It holds from the next minute on.");
        });
    }

    private Task ResetAsync() => DoAsync(async () =>
    {
        var result = await Rules.ResetAsync(_kind, null, await User.CallerAsync(), CancellationToken.None);
        return (result.Failure, $"{Info.Label}: back to the default.");
    });

    private async Task DoAsync(Func<Task<(Failure?, string)>> change)
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        (_violation, _failure) = (null, null);
        try
        {
            var (failure, said) = await change();
            if (failure is null)
            {
                Dialog.Close(DialogResult.Ok(said));
            }
            else if (failure.Field is "key" or "kind" or "threshold" or "minimum")
            {
                _violation = failure;
            }
            else
            {
                _failure = failure.Message;
            }
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            _failure = $"Not saved. {reason} Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }
}
