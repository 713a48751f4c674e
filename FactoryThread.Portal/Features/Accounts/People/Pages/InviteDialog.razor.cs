using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.People.Pages;

/// <summary>Makes an invitation and shows its link, once.</summary>
public sealed partial class InviteDialog
{
    private readonly string _id = $"invite-{Guid.NewGuid():n}";
    private string _email = "";
    private PortalRole _role = PortalRole.Operator;
    private NewInvitation? _made;
    private string? _failure;
    private string? _field;
    private bool _busy;
    private bool _focused;
    private ElementReference _first;

    [Inject]
    private InvitationService Invitations { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<InviteDialog> Logger { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    // The address by which this administrator reaches the portal; callers of flows may use another.
    private string Link => $"{Navigation.BaseUri.TrimEnd('/')}{InvitationService.Path}?token={_made!.Token}";

    public static async Task ShowAsync(IDialogService dialogs)
    {
        var shown = await dialogs.ShowAsync<InviteDialog>(
            "Invite somebody", [], new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false });
        await shown.Result;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focused && _first.Context is not null)
        {
            _focused = true;
            await _first.FocusAsync();
        }
    }

    private async Task InviteAsync()
    {
        if (_busy)
        {
            return;
        }

        (_busy, _failure, _field) = (true, null, null);
        try
        {
            if (!(await Invitations.CreateAsync(_email, _role, await User.CallerAsync(), CancellationToken.None)).Succeeded(out _made, out var failure))
            {
                (_failure, _field) = (failure.Message, failure.Field);
            }
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.NotInvited(Logger, exception);
            _failure = $"No link was made. {reason} Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "An invitation could not be made.")]
        public static partial void NotInvited(ILogger logger, Exception exception);
    }
}
