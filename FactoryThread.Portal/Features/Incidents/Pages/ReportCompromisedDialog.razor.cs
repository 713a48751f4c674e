using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Incidents.Pages;

/// <summary>What reporting a key led to.</summary>
/// <param name="Replacement">The replacement's value, to be revealed; null if there is none.</param>
/// <param name="NoReplacement">Why there is none although it was wished for.</param>
public sealed record CompromiseDone(OneTimeKey? Replacement, string? NoReplacement);

/// <summary>Asks what is known of a compromised key, then revokes and replaces it.</summary>
public sealed partial class ReportCompromisedDialog
{
    private const string DayFormat = "yyyy-MM-dd";

    /// <summary>Who is unsure looks a week back.</summary>
    private const int DaysBack = 7;

    private readonly string _id = $"compromised-{Guid.NewGuid():n}";
    private string _since = "";
    private string _note = "";
    private string _typed = "";
    private bool _replace = true;
    private string? _use;
    private string? _failure;
    private bool _busy;

    [Inject]
    private IncidentService Incidents { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private ConfirmedActions Confirmed { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    /// <summary>What will be hit, in numbers.</summary>
    [Parameter]
    [EditorRequired]
    public string Impact { get; set; } = "";

    /// <summary>The key's name must be typed first.</summary>
    [Parameter]
    public bool TypeName { get; set; }

    private string Today => Time.Now.ToString(DayFormat, CultureInfo.InvariantCulture);

    private bool MayReport => !_busy && Since is not null && (!TypeName || string.Equals(_typed.Trim(), Key.Name.Trim(), StringComparison.Ordinal));

    private DateTimeOffset? Since => DateOnly.TryParseExact(_since, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? Time.StartOf(day) : null;

    /// <summary>Null if nothing was done.</summary>
    public static async Task<CompromiseDone?> ShowAsync(IDialogService dialogs, ApiKeyDetails key, string impact, bool typeName)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };
        var shown = await dialogs.ShowAsync<ReportCompromisedDialog>(
            $"Report {key.Name} compromised",
            new DialogParameters<ReportCompromisedDialog> { { x => x.Key, key }, { x => x.Impact, impact }, { x => x.TypeName, typeName } },
            options);
        return (await shown.Result)?.Data as CompromiseDone;
    }

    protected override async Task OnInitializedAsync()
    {
        var (created, back) = (Time.ToLocal(Key.CreatedAt), Time.Now.AddDays(-DaysBack));
        _since = (created > back ? created : back).ToString(DayFormat, CultureInfo.InvariantCulture);
        await LookAsync();
    }

    private async Task ChooseAsync(ChangeEventArgs change)
    {
        (_since, _failure) = (change.Value as string ?? "", null);
        await LookAsync();
    }

    private async Task LookAsync()
    {
        if (Since is not { } since)
        {
            _use = "Choose a day.";
            return;
        }

        try
        {
            var use = await Incidents.UseSinceAsync(Key.Id, since, await User.CallerAsync(), CancellationToken.None);
            _use = use.Succeeded(out var seen, out var failure) ? UseWords.Sentence(seen) : failure.Message;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _use = "The calls since then cannot be counted at the moment; the key can be revoked all the same.";
        }
    }

    private async Task ReportAsync()
    {
        if (!MayReport)
        {
            return;
        }

        (_busy, _failure) = (true, null);
        try
        {
            var done = await Confirmed.RunAsync(caller => Incidents.ReportAsync(Key.Id, new CompromiseWish(Since!.Value, _note, _replace), caller, CancellationToken.None));
            if (done.Succeeded(out var outcome, out var failure))
            {
                Dialog.Close(DialogResult.Ok(new CompromiseDone(outcome.Replacement is { } made ? new OneTimeKey(made) : null, outcome.NoReplacement)));
            }
            else
            {
                _failure = failure.Kind == FailureKind.Unconfirmed
                    ? "The key is not revoked yet: a replacement needs your confirmation. Report again and confirm, or report without a replacement."
                    : failure.Message;
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The portal cannot reach its database at the moment. Look whether the key is revoked already, then try again.";
        }
        finally
        {
            _busy = false;
        }
    }
}
