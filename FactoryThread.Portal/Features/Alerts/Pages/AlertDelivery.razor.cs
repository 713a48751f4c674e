using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>Channels and what was sent to them, for administrators.</summary>
public sealed partial class AlertDelivery : IDisposable
{
    private const int PageSize = 20;

    private IReadOnlyList<ChannelView>? _channels;
    private Page<MessageView>? _log;
    private int _skip;
    private bool _forbidden;
    private bool _busy;
    private string? _fault;

    [Inject]
    private IOptions<PortalOptions> Portal { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private AlertChannelService Channels { get; set; } = null!;

    [Inject]
    private MailSender Mail { get; set; } = null!;

    [Inject]
    private AlertFeed Feed { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<AlertDelivery> Logger { get; set; } = null!;

    public void Dispose() => Feed.Changed -= Reload;

    protected override async Task OnInitializedAsync()
    {
        if (RendererInfo.IsInteractive)
        {
            Feed.Changed += Reload;
        }

        await LoadAsync();
    }

    private void Reload() => _ = InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    });

    private string TargetOf(MessageView message) => _channels?.FirstOrDefault(c => c.Id == message.ChannelId)?.Target ?? "";

    private Task GoAsync(int skip)
    {
        _skip = Math.Max(0, skip);
        return LoadAsync();
    }

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            var caller = await User.CallerAsync();
            _forbidden = !(await Channels.ListAsync(caller, CancellationToken.None)).Succeeded(out _channels, out _);
            _log = (await Channels.LogAsync(_skip, PageSize, caller, CancellationToken.None)).Value;
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ChannelsFailed(Logger, exception);
            _fault = reason;
        }
    }

    private async Task AddAsync(ChannelType type) => await SavedAsync(await ChannelDialog.ShowAsync(Dialogs, type, null));

    private async Task EditAsync(ChannelView channel) => await SavedAsync(await ChannelDialog.ShowAsync(Dialogs, channel.Type, channel));

    private async Task SavedAsync(ChannelView? saved)
    {
        if (saved is not null)
        {
            Snackbar.Add($"{saved.Target} is saved.", Severity.Success);
        }

        // A test that was sent from the dialog stands in the log.
        await LoadAsync();
    }

    private async Task TestAsync(ChannelView channel)
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        try
        {
            var settings = new ChannelSettings(channel.Type, channel.Target, channel.Pace, channel.MinimumLevel, channel.DigestHour, channel.Enabled);
            var result = await Channels.TestAsync(channel.Id, settings, await User.CallerAsync(), CancellationToken.None);
            Snackbar.Add(result.Failure?.Message ?? $"The test was delivered to {channel.Target}.", result.Failure is null ? Severity.Success : Severity.Error);
            await LoadAsync();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ChannelsFailed(Logger, exception);
            Snackbar.Add($"No test was sent. {reason}", Severity.Error);
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task DeleteAsync(ChannelView channel)
    {
        var request = new ConfirmRequest($"Delete {channel.Target}?", "Delete channel")
        {
            Body = "It hears of no alert any more, what still waits for it is not sent, and its lines of the delivery log go with it.",
            Danger = true,
        };
        if (!await ConfirmDialog.ShowAsync(Dialogs, request))
        {
            return;
        }

        try
        {
            var result = await Channels.DeleteAsync(channel.Id, await User.CallerAsync(), CancellationToken.None);
            Snackbar.Add(result.Failure?.Message ?? $"{channel.Target} is deleted.", result.Failure is null ? Severity.Success : Severity.Error);
            await LoadAsync();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ChannelsFailed(Logger, exception);
            Snackbar.Add($"Nothing was changed. {reason}", Severity.Error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The channels of alerts could not be shown or changed.")]
        public static partial void ChannelsFailed(ILogger logger, Exception exception);
    }
}
