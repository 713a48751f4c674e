using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Revokes many keys, one after the other, with progress; it can be stopped between two of them.</summary>
public sealed partial class BulkRevokeDialog : IDisposable
{
    private const string Word = "revoke";

    private readonly string _id = $"bulk-{Guid.NewGuid():n}";
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string Name, string Reason)> _failures = [];
    private State _state;
    private string _reason = "";
    private string _typed = "";
    private string? _failure;
    private long? _callsToday;
    private int _done;

    private enum State
    {
        Asking,
        Working,
        Ended,
    }

    [Inject]
    private ApiKeyService Service { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<ApiKeySummary> Keys { get; set; } = [];

    private int InUse => Keys.Count(k => k.Environment == KeyEnvironment.Live && UsedToday(k));

    private int Expired => Keys.Count(k => k.Status == KeyStatus.Expired);

    private bool MayRevoke => InUse == 0 || string.Equals(_typed.Trim(), Word, StringComparison.OrdinalIgnoreCase);

    private int Revoked => _done - _failures.Count;

    private string Impact
    {
        get
        {
            var used = Keys.Count(UsedToday);
            return (used == 0 ? "None of them was used in the last 24 hours" : $"{UsageText.Number(used)} of {UsageText.Number(Keys.Count)} used in the last 24 hours")
                + (_callsToday is { } calls ? $"; {UsageText.Count(calls, "call", "calls")} today." : ".")
                + Expired switch { 0 => "", 1 => " 1 of them is expired; once revoked, it cannot be extended.", var some => $" {UsageText.Number(some)} of them are expired; once revoked, they cannot be extended." };
        }
    }

    private string Summary => _state == State.Working ? $"Revoked {Revoked} of {Keys.Count}…"
        : _done < Keys.Count ? $"Stopped: {Revoked} of {Keys.Count} are revoked, the others work as before."
        : $"{UsageText.Count(Revoked, "key is", "keys are")} revoked and refused from now on.";

    /// <summary>True if anything may have been revoked.</summary>
    public static async Task<bool> ShowAsync(IDialogService dialogs, IReadOnlyList<ApiKeySummary> keys)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = false, BackdropClick = false };
        var shown = await dialogs.ShowAsync<BulkRevokeDialog>("Revoke keys", new DialogParameters<BulkRevokeDialog> { { x => x.Keys, keys } }, options);
        return await shown.Result is { Canceled: false };
    }

    public void Dispose()
    {
        // Whoever leaves the page has stopped it too.
        _stop.Cancel();
        _stop.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        try
        {
            long calls = 0;
            foreach (var key in Keys)
            {
                calls += (await Reports.TodayAsync(key.Id, CancellationToken.None))?.Requests ?? 0;
            }

            _callsToday = calls;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The calls of today cannot be shown: the portal cannot reach its database at the moment.";
        }
    }

    private bool UsedToday(ApiKeySummary key) => key.LastUsedAt > Clock.GetUtcNow().AddHours(-24);

    private void Stop() => _stop.Cancel();

    private async Task RevokeAsync()
    {
        if (!MayRevoke || _state != State.Asking)
        {
            return;
        }

        var stop = _stop.Token;
        _state = State.Working;
        foreach (var key in Keys)
        {
            if (stop.IsCancellationRequested)
            {
                break;
            }

            try
            {
                if ((await Service.RevokeAsync(key.Id, _reason, await User.CallerAsync(), CancellationToken.None)).Failure is { } failure)
                {
                    if (failure.Field == "reason")
                    {
                        // The same for every key: back to the question, with what was typed.
                        (_state, _failure) = (State.Asking, failure.Message);
                        return;
                    }

                    _failures.Add((key.Name, failure.Message));
                }
            }
            catch (Exception fault) when (StoreFault.Is(fault))
            {
                _failures.Add((key.Name, "The portal could not reach its database."));
            }

            _done++;
            StateHasChanged();

            // Lets the page show the progress and take the press of Stop.
            await Task.Yield();
        }

        _state = State.Ended;
    }
}
