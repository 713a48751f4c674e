using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>Makes or changes a channel; what is typed can be tried before it is saved.</summary>
public sealed partial class ChannelDialog
{
    private readonly string _id = $"channel-{Guid.NewGuid():n}";
    private string _target = "";
    private string? _secret;
    private AlertLevel _level;
    private ChannelPace _pace;
    private int _hour = 6;
    private bool _enabled = true;
    private Failure? _violation;
    private string? _failure;
    private string? _tested;
    private bool _busy;
    private bool _focused;
    private ElementReference _first;

    [Inject]
    private AlertChannelService Channels { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    public ChannelType Type { get; set; }

    /// <summary>The channel to change; null makes a new one.</summary>
    [Parameter]
    public ChannelView? Channel { get; set; }

    private ChannelSettings Settings => new(Type, _target, _pace, _level, _hour, _enabled, _secret);

    /// <summary>The channel as saved, or null if nothing was.</summary>
    public static async Task<ChannelView?> ShowAsync(IDialogService dialogs, ChannelType type, ChannelView? channel)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var parameters = new DialogParameters<ChannelDialog> { { d => d.Type, type }, { d => d.Channel, channel } };
        var shown = await dialogs.ShowAsync<ChannelDialog>(Title(type, channel), parameters, options);
        return await shown.Result is { Canceled: false, Data: ChannelView saved } ? saved : null;
    }

    protected override void OnInitialized()
    {
        if (Channel is null)
        {
            _secret = Type == ChannelType.Webhook ? ChannelSettings.NewSecret() : null;
            _level = AlertLevel.Warning;
            return;
        }

        (_target, _level, _pace, _hour, _enabled) = (Channel.Target, Channel.MinimumLevel, Channel.Pace, Channel.DigestHour, Channel.Enabled);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focused && _first.Context is not null)
        {
            _focused = true;
            await _first.FocusAsync();
        }
    }

    private static string Title(ChannelType type, ChannelView? channel)
        => channel is not null ? "Edit channel" : type == ChannelType.Mail ? "Tell people by mail" : "Tell a program by webhook";

    private string Id(string field) => $"{_id}-{field}";

    private string? ErrorOf(string field) => _violation?.Field == field ? _violation.Message : null;

    private string? Invalid(string field) => ErrorOf(field) is null ? null : "true";

    private Task SaveAsync() => DoAsync(
        async caller =>
        {
            var result = await Channels.SaveAsync(Channel?.Id, Settings, caller, CancellationToken.None);
            if (result.Succeeded(out var saved, out var failure))
            {
                // The circuit lives on; the secret must not.
                _secret = null;
                Dialog.Close(DialogResult.Ok(saved));
            }

            return failure;
        },
        "Not saved.");

    private Task TestAsync() => DoAsync(
        async caller =>
        {
            var result = await Channels.TestAsync(Channel?.Id, Settings, caller, CancellationToken.None);
            _tested = result.Failure is null ? "The test was delivered." : null;
            return result.Failure;
        },
        "No test was sent.");

    private async Task DoAsync(Func<Caller, Task<Failure?>> work, string otherwise)
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        (_violation, _failure, _tested) = (null, null, null);
        try
        {
            var failure = await work(await User.CallerAsync());
            if (failure?.Field is "target" or "secret" or "digestHour")
            {
                _violation = failure;
            }
            else
            {
                _failure = failure?.Message;
            }
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            _failure = $"{otherwise} {reason} Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }
}
