using System.Globalization;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.People.Pages;

/// <summary>Everybody who may sign in, and those who are invited; for administrators.</summary>
public sealed partial class UsersPage
{
    private View? _view;
    private string? _me;
    private bool _forbidden;
    private string? _fault;
    private int _round;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private InvitationService Invitations { get; set; } = null!;

    [Inject]
    private SecondFactorService SecondFactor { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<UsersPage> Logger { get; set; } = null!;

    private string Subtitle => _view is null
        ? " "
        : string.Create(CultureInfo.InvariantCulture, $"{_view.Users.Count(u => u.DisabledAt is null):N0} active · {UsageText.Count(_view.Users.Count(u => u is { DisabledAt: null, IsAdministrator: true }), "administrator", "administrators")}");

    protected override Task OnInitializedAsync() => LoadAsync();

    private static string KeysOf(UserSummary user) => $"/settings/api-keys?owner={Uri.EscapeDataString(user.Id)}";

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            var caller = await User.CallerAsync();
            _me = caller.UserId;
            _forbidden = !(await Users.ListAsync(caller, CancellationToken.None)).Succeeded(out var users, out _);
            _view = users is null ? null : new View(users, (await Invitations.ListAsync(caller, CancellationToken.None)).Value ?? []);
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.UsersFailed(Logger, exception);
            _fault = reason;
        }

        // Draws the choices anew: one that was not carried out must not stay chosen.
        _round++;
    }

    private async Task InviteAsync()
    {
        await InviteDialog.ShowAsync(Dialogs);
        await LoadAsync();
    }

    private async Task ChangeRoleAsync(UserSummary user, ChangeEventArgs change)
    {
        if (Enum.TryParse<PortalRole>(change.Value as string, out var role) && role != user.Role)
        {
            await LessenAsync(user, role);
        }
    }

    private Task DisableAsync(UserSummary user) => LessenAsync(user, null);

    /// <param name="role">The new role; null disables the user.</param>
    private async Task LessenAsync(UserSummary user, PortalRole? role)
    {
        if (await ChangeUserDialog.ShowAsync(Dialogs, user, role, _view!.Users))
        {
            Snackbar.Add(role is null ? $"{user.Email} is disabled and signed out everywhere." : $"{user.Email} is {(role == PortalRole.Viewer ? "a" : "an")} {UserAccounts.Code(role.Value)} now.", Severity.Success);
        }

        await LoadAsync();
    }

    private Task EnableAsync(UserSummary user) => GuardAsync(async () =>
    {
        var done = await Users.EnableAsync(user.Id, await User.CallerAsync(), CancellationToken.None);
        Snackbar.Add(done.Failure?.Message ?? $"{user.Email} may sign in again, and their keys work.", done.Failure is null ? Severity.Success : Severity.Error);
    });

    private async Task ResetSecondFactorAsync(UserSummary user)
    {
        var request = new ConfirmRequest($"Reset the second factor of {user.Email}?", "Reset second factor")
        {
            Body = "They are signed out everywhere, and the password alone signs them in until they set up an app again. Make sure it is really them who asks.",
            Danger = true,
        };
        if (await ConfirmDialog.ShowAsync(Dialogs, request))
        {
            await GuardAsync(async () =>
            {
                var done = await SecondFactor.ResetAsync(user.Id, await User.CallerAsync(), CancellationToken.None);
                Snackbar.Add(done.Failure?.Message ?? $"{user.Email} signs in with the password alone now.", done.Failure is null ? Severity.Success : Severity.Error);
            });
        }
    }

    private Task RevokeAsync(InvitationView invitation) => GuardAsync(async () =>
    {
        var done = await Invitations.RevokeAsync(invitation.Id, await User.CallerAsync(), CancellationToken.None);
        Snackbar.Add(done.Failure?.Message ?? $"The link for {invitation.Email} no longer works.", done.Failure is null ? Severity.Success : Severity.Error);
    });

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.UsersFailed(Logger, exception);
            Snackbar.Add($"Nothing was changed. {reason}", Severity.Error);
        }

        await LoadAsync();
    }

    private sealed record View(IReadOnlyList<UserSummary> Users, IReadOnlyList<InvitationView> Invitations);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The users could not be shown or changed.")]
        public static partial void UsersFailed(ILogger logger, Exception exception);
    }
}
