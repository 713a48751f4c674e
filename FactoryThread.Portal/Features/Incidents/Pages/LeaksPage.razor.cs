using System.Text;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.JSInterop;
using MudBlazor;

namespace FactoryThread.Portal.Features.Incidents.Pages;

/// <summary>Searches what somebody found for keys of this portal, piece by piece; holds hashes and hints only.</summary>
public sealed partial class LeaksPage : IAsyncDisposable
{
    private const int Shown = 200;
    private const long MaxBytes = 100L * 1024 * 1024;

    private readonly string _id = $"leaks-{Guid.NewGuid():n}";
    private KeyActions? _actions;
    private IJSObjectReference? _module;
    private CancellationTokenSource? _cancel;
    private IReadOnlyList<LeakMatch>? _matches;
    private IReadOnlyList<LeakReportView> _reports = [];
    private long _uncounted;
    private string _name = "the text";
    private int? _percent;
    private string? _complaint;

    [Inject]
    private LeakService Leaks { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IJSRuntime Browser { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<LeaksPage> Logger { get; set; } = null!;

    private int Working => _matches?.Count(m => m.Key?.Works == true) ?? 0;

    public async ValueTask DisposeAsync()
    {
        if (_cancel is not null)
        {
            await _cancel.CancelAsync();
            _cancel.Dispose();
        }

        try
        {
            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The page is gone.
        }
    }

    protected override async Task OnInitializedAsync()
    {
        if (RendererInfo.IsInteractive)
        {
            await GuardAsync(LoadReportsAsync);
        }
    }

    private static RenderFragment StatusOf(LeakedKey? key) => builder =>
    {
        var (tone, icon, text) = key switch
        {
            null => (Tone.Off, PortalIcons.Info, "Unknown"),
            { Works: true } => (Tone.Bad, PortalIcons.Alert, "Can be used"),
            { Replaced: true } => (Tone.Off, PortalIcons.Refresh, "Replaced"),
            _ => (Tone.Off, PortalIcons.Ban, key.Status.ToString()),
        };
        builder.OpenComponent<StatusChip>(0);
        builder.AddComponentParameter(1, nameof(StatusChip.Tone), tone);
        builder.AddComponentParameter(2, nameof(StatusChip.Icon), icon);
        builder.AddComponentParameter(3, nameof(StatusChip.Text), text);
        builder.CloseComponent();
    };

    private Task SearchTextAsync() => GuardAsync(async () =>
    {
        _module ??= await Browser.InvokeAsync<IJSObjectReference>("import", "./Features/Incidents/Pages/LeaksPage.razor.js");
        if (await _module.InvokeAsync<bool>("isEmpty", $"{_id}-text"))
        {
            _complaint = "Paste a text first, or choose a file.";
            return;
        }

        await using var pasted = await _module.InvokeAsync<IJSStreamReference>("take", $"{_id}-text");
        if (pasted.Length > MaxBytes)
        {
            _complaint = "The text is larger than 100 MB. Search it in parts, or use: leaks scan FILE";
            return;
        }

        await using var stream = await pasted.OpenReadStreamAsync(MaxBytes);
        await SearchAsync(stream, pasted.Length, "the text");
    });

    private Task SearchFileAsync(InputFileChangeEventArgs chosen) => GuardAsync(async () =>
    {
        if (chosen.File.Size > MaxBytes)
        {
            _complaint = $"{chosen.File.Name} is larger than 100 MB. Search it in parts, or use: leaks scan FILE";
            return;
        }

        await using var stream = chosen.File.OpenReadStream(MaxBytes);
        await SearchAsync(stream, chosen.File.Size, chosen.File.Name);
    });

    private async Task SearchAsync(Stream stream, long length, string name)
    {
        _cancel?.Dispose();
        _cancel = new CancellationTokenSource();
        (_matches, _uncounted, _name, _percent) = (null, 0, name, 0);
        StateHasChanged();
        var scanner = new TokenScanner();
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        try
        {
            await scanner.ReadAsync(reader, _cancel.Token, read =>
            {
                var percent = (int)Math.Min(100, read * 100 / Math.Max(1, length));
                if (percent != _percent)
                {
                    _percent = percent;
                    StateHasChanged();
                }

                return Task.CompletedTask;
            });
            var caller = await User.CallerAsync();
            var matches = await Leaks.MatchAsync(scanner.Found, caller, _cancel.Token);
            await Leaks.RecordFindsAsync(matches, caller, _cancel.Token);
            (_matches, _uncounted) = ([.. matches.OrderByDescending(m => m.Key?.Works == true).ThenBy(m => m.Found.Line)], scanner.Uncounted);
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested)
        {
            _complaint = $"The search of {name} was cancelled.";
        }
    }

    private void Cancel() => _cancel?.Cancel();

    /// <summary>A key was revoked or replaced: the same finds, as they are now.</summary>
    private Task RefreshAsync() => GuardAsync(async () =>
    {
        if (_matches is not null)
        {
            _matches = await Leaks.MatchAsync([.. _matches.Select(m => m.Found)], await User.CallerAsync(), CancellationToken.None);
        }

        await LoadReportsAsync();
    });

    private Task DismissAsync(long id) => GuardAsync(async () =>
    {
        var done = await Leaks.DismissAsync(id, await User.CallerAsync(), CancellationToken.None);
        Snackbar.Add(done.Failure?.Message ?? "The report is dismissed. It stays in the history of the key.", done.Failure is null ? Severity.Success : Severity.Error);
        await LoadReportsAsync();
    });

    private async Task LoadReportsAsync() => _reports = await Leaks.OpenReportsAsync(null, await User.CallerAsync(), CancellationToken.None);

    private async Task GuardAsync(Func<Task> work)
    {
        _complaint = null;
        try
        {
            await work();
        }
        catch (IOException fault)
        {
            Log.NotRead(Logger, fault);
            _complaint = "The file could not be read to its end. Choose it again.";
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotSearched(Logger, fault);
            _complaint = "The search could not be finished: the portal cannot reach its database at the moment. Try again.";
        }
        finally
        {
            _percent = null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A file to be searched for leaked keys could not be read.")]
        public static partial void NotRead(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "A search for leaked keys could not be finished.")]
        public static partial void NotSearched(ILogger logger, Exception exception);
    }
}
