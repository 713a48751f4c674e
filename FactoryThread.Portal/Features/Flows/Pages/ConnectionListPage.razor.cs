using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>All connections, for administrators.</summary>
public sealed partial class ConnectionListPage
{
    private IReadOnlyList<ConnectionView>? _rows;
    private bool _forbidden;
    private string? _fault;

    [Inject]
    private ConnectionService Connections { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<ConnectionListPage> Logger { get; set; } = null!;

    /// <summary>What the prerendered page showed, so that the live one starts with it.</summary>
    [PersistentState]
    public IReadOnlyList<ConnectionView>? Prerendered { get; set; }

    protected override async Task OnInitializedAsync()
    {
        if (Prerendered is not null)
        {
            (_rows, Prerendered) = (Prerendered, null);
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive)
        {
            Prerendered = _rows;
        }
    }

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            var result = await Connections.ListAsync(await User.CallerAsync(), CancellationToken.None);
            _forbidden = !result.Succeeded(out _rows, out _);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ConnectionsFailed(Logger, exception);
            _fault = reason;
        }
    }

    private async Task CreateAsync() => await SavedAsync(await ConnectionDialog.ShowAsync(Dialogs, null));

    private async Task EditAsync(ConnectionView connection) => await SavedAsync(await ConnectionDialog.ShowAsync(Dialogs, connection));

    private async Task SavedAsync(ConnectionView? saved)
    {
        if (saved is not null)
        {
            Snackbar.Add($"{saved.Name} is saved. Flows use it from their next call.", Severity.Success);
            await LoadAsync();
        }
    }

    private async Task DeleteAsync(ConnectionView connection)
    {
        try
        {
            var request = new ConfirmRequest($"Delete {connection.Name}?", "Delete connection")
            {
                Body = connection.UsedBy.Count == 0
                    ? "No flow uses it. Its secret headers are gone for good; you would have to enter them again."
                    : $"It is the target of {string.Join(", ", connection.UsedBy.Select(f => f.Name))}, so it cannot be deleted yet. Give these flows another target first.",
                Danger = true,
            };
            if (!await ConfirmDialog.ShowAsync(Dialogs, request))
            {
                return;
            }

            var result = await Connections.DeleteAsync(connection.Id, await User.CallerAsync(), CancellationToken.None);
            Snackbar.Add(result.Failure?.Message ?? $"{connection.Name} is deleted.", result.Failure is null ? Severity.Success : Severity.Error);
            await LoadAsync();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.ConnectionsFailed(Logger, exception);
            Snackbar.Add($"Nothing was changed. {reason}", Severity.Error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The connections could not be shown or changed.")]
        public static partial void ConnectionsFailed(ILogger logger, Exception exception);
    }
}
