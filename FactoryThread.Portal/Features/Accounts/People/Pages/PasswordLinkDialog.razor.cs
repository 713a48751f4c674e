using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.People.Pages;

/// <summary>Makes a link with which somebody chooses a new password, and shows it, once.</summary>
public sealed partial class PasswordLinkDialog
{
    private PasswordLink? _made;
    private string? _failure;
    private bool _busy;

    [Parameter, EditorRequired]
    public UserSummary User { get; set; } = null!;

    [Inject]
    private PasswordResetService Resets { get; set; } = null!;

    [Inject]
    private CurrentUser Viewer { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<PasswordLinkDialog> Logger { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    // The address by which this administrator reaches the portal; callers of flows may use another.
    private string Link => $"{Navigation.BaseUri.TrimEnd('/')}{_made!.Path}";

    public static async Task ShowAsync(IDialogService dialogs, UserSummary user)
    {
        var shown = await dialogs.ShowAsync<PasswordLinkDialog>(
            "New password",
            new DialogParameters<PasswordLinkDialog> { { d => d.User, user } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false });
        await shown.Result;
    }

    private async Task MakeAsync()
    {
        if (_busy)
        {
            return;
        }

        (_busy, _failure) = (true, null);
        try
        {
            var made = await Resets.CreateAsync(User.Id, await Viewer.CallerAsync(), CancellationToken.None);
            (_made, _failure) = (made.Value, made.Failure?.Message);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.NotMade(Logger, exception);
            _failure = $"No link was made. {reason} Try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A link for a new password could not be made.")]
        public static partial void NotMade(ILogger logger, Exception exception);
    }
}
