using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Incidents.Pages;

/// <summary>Says on a key's page that a value which still works was reported as leaked, and where.</summary>
public sealed partial class LeakNote
{
    private IReadOnlyList<LeakReportView> _reports = [];
    private (string, int)? _shown;

    [Inject]
    private LeakService Leaks { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<LeakNote> Logger { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public string KeyId { get; set; } = "";

    /// <summary>The key's version; a change of it is a reason to look again.</summary>
    [Parameter]
    public int Version { get; set; }

    /// <summary>"Report compromised" was chosen.</summary>
    [Parameter]
    public EventCallback OnReport { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        if (_shown != (KeyId, Version))
        {
            _shown = (KeyId, Version);
            await GuardAsync(LoadAsync);
        }
    }

    private async Task LoadAsync() => _reports = [.. (await Leaks.OpenReportsAsync(KeyId, await User.CallerAsync(), CancellationToken.None)).Where(r => r.Works)];

    private Task DismissAsync(long id) => GuardAsync(async () =>
    {
        var done = await Leaks.DismissAsync(id, await User.CallerAsync(), CancellationToken.None);
        Snackbar.Add(done.Failure?.Message ?? "The report is dismissed. It stays in the history.", done.Failure is null ? Severity.Success : Severity.Error);
        await LoadAsync();
    });

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            Snackbar.Add("The leak reports of this key cannot be shown or changed: the portal cannot reach its database at the moment.", Severity.Error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The leak reports of a key could not be shown or changed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
