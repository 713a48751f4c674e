using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>How many alerts are open, live.</summary>
public sealed partial class AlertBell : IDisposable
{
    private InboxCounts? _counts;

    [Inject]
    private AlertService Alerts { get; set; } = null!;

    [Inject]
    private AlertFeed Feed { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private ILogger<AlertBell> Logger { get; set; } = null!;

    private string Label => _counts switch
    {
        null or { Open: 0 } => "Alerts: none open",
        { Critical: > 0 } c => $"Alerts: {c.Open} open, {c.Critical} critical",
        { } c => $"Alerts: {c.Open} open",
    };

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

    private async Task LoadAsync()
    {
        try
        {
            _counts = await Alerts.CountAsync(await User.CallerAsync(), CancellationToken.None);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is not null)
        {
            // The page itself says what is wrong; the bell then only has no number.
            _counts = null;
            Log.NotCounted(Logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The open alerts could not be counted.")]
        public static partial void NotCounted(ILogger logger, Exception exception);
    }
}
