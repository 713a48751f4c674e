using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>While an overlap runs: who still uses the old value, and the button that ends it.</summary>
public sealed partial class RetiringValueCard
{
    private ValueUsers? _users;
    private RetiringValue? _loaded;
    private string? _fault;
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CallLog Calls { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<RetiringValueCard> Logger { get; set; } = null!;

    /// <summary>A key with a retiring value.</summary>
    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    [Parameter]
    public EventCallback OnChanged { get; set; }

    private RetiringValue Value => Key.Previous!;

    private bool All => _users is { Complete: true } users && users.Count == users.Latest.Count;

    private string Cut => _users!.Complete
        ? $"The latest {_users.Latest.Count} of {UsageText.Number(_users.Count)}."
        : $"From the newest {UsageText.Number(CallLog.Window)} requests of the key; who called only before these is not in it.";

    private bool Used => Key.LastUsedAt is not null;

    protected override Task OnParametersSetAsync() => Value == _loaded ? Task.CompletedTask : LoadAsync();

    private async Task LoadAsync()
    {
        _loaded = Value;
        _fault = null;
        try
        {
            _users = await Calls.UsersOfValueAsync(Key.Id, Value.SecretId, Value.ReplacedAt, CancellationToken.None);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            _fault = "Who still uses the old value cannot be shown: the portal cannot reach its database at the moment.";
        }
    }

    private async Task RetireAsync()
    {
        _busy = true;
        try
        {
            // As it is now, not as it was when the page was opened.
            await LoadAsync();
            var agreed = _fault is null && await ConfirmDialog.ShowAsync(Dialogs, new ConfirmRequest("Retire the old value now?", "Retire now")
            {
                Body = _users!.Count == 0
                    ? $"Nobody has used {Value.Hint} since the new value was issued. From the next request on it is refused with 401."
                    : $"{Value.Hint} was used {Time.Format(_users.Latest.Max(u => u.LastAt), TimeFormat.Relative)}; {(All ? "" : "at least ")}{UsageText.Count(_users.Latest.Sum(u => u.Requests), "call", "calls")} since the new value was issued, from {UsageText.Count(_users.Latest.Select(u => u.Address).Distinct().Count(), "address", "addresses")}. Whoever still has it gets 401 from the next request on.",
                Danger = true,
            });
            if (agreed)
            {
                var retired = await Keys.RetirePreviousAsync(Key.Id, await User.CallerAsync(), CancellationToken.None);
                Snackbar.Add(retired.Failure?.Message ?? "The old value is retired. Only the current one is accepted.", retired.Failure is null ? Severity.Success : Severity.Error);
                await OnChanged.InvokeAsync();
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            Snackbar.Add("The old value was not retired: the portal cannot reach its database at the moment. Try again.", Severity.Error);
        }
        finally
        {
            _busy = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The users of a retiring value could not be read, or the value not be retired.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
