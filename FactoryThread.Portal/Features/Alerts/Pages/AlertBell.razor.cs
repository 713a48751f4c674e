using System.Globalization;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>How many alerts are open, live.</summary>
public sealed partial class AlertBell : IDisposable
{
    private OpenAlerts? _alerts;

    [Inject]
    private AlertService Alerts { get; set; } = null!;

    [Inject]
    private AlertFeed Feed { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private ILogger<AlertBell> Logger { get; set; } = null!;

    private string Label => _alerts switch
    {
        null or { Open: 0 } => "Alerts: none open",
        { Critical: > 0 } a => $"Alerts: {Number(a.Open)} open, {Number(a.Critical)} critical",
        { } a => $"Alerts: {Number(a.Open)} open",
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
            _alerts = await Alerts.OpenAsync(await User.CallerAsync(), CancellationToken.None);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is not null)
        {
            // The page itself says what is wrong; the bell then only has no number.
            _alerts = null;
            Log.NotCounted(Logger, exception);
        }
    }

    private static string Number(int count) => count < OpenAlerts.Most ? count.ToString(CultureInfo.InvariantCulture) : $"{OpenAlerts.Most - 1}+";

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The open alerts could not be counted.")]
        public static partial void NotCounted(ILogger logger, Exception exception);
    }
}
