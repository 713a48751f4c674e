using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.People.Pages;

/// <summary>Disables a user or changes their role, after showing what that does to the keys they own.</summary>
public sealed partial class ChangeUserDialog : IDisposable
{
    private const int Named = 8;

    private readonly string _id = $"user-{Guid.NewGuid():n}";
    private Page<ApiKeySummary>? _keys;
    private string _handOverTo = "";
    private string? _failure;
    private string? _field;
    private bool _busy;
    private CancellationTokenSource? _handingOver;
    private int _handedOver;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser Me { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private ILogger<ChangeUserDialog> Logger { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    public UserSummary User { get; set; } = null!;

    /// <summary>The new role; null disables the user.</summary>
    [Parameter]
    public PortalRole? Role { get; set; }

    /// <summary>Everybody, to choose a new owner of the keys from.</summary>
    [Parameter]
    public IReadOnlyList<UserSummary> Everybody { get; set; } = [];

    private string Title => TitleOf(User, Role);

    private string? Loses => Role > User.Role ? null : RoleWords.KeysLose(Role);

    private string Moved => $"{UsageText.Count(_handedOver, "key is", "keys are")} handed over";

    private IEnumerable<UserSummary> Others => Everybody.Where(u => u.Id != User.Id && u is { DisabledAt: null, Role: >= PortalRole.Operator });

    /// <summary>True if the user was changed.</summary>
    public static async Task<bool> ShowAsync(IDialogService dialogs, UserSummary user, PortalRole? role, IReadOnlyList<UserSummary> everybody)
    {
        var shown = await dialogs.ShowAsync<ChangeUserDialog>(
            TitleOf(user, role),
            new DialogParameters<ChangeUserDialog> { { d => d.User, user }, { d => d.Role, role }, { d => d.Everybody, everybody } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false });
        return await shown.Result is { Canceled: false };
    }

    // Whoever closes the dialog or leaves the page has stopped it too.
    public void Dispose() => _handingOver?.Cancel();

    protected override Task OnInitializedAsync() => GuardAsync(LoadKeysAsync);

    private async Task LoadKeysAsync()
        => _keys = await Keys.ListAsync(new ApiKeyQuery { OwnerId = User.Id, Status = KeyStatus.Active, Sort = ApiKeySort.LastUsed, Take = Named }, await Me.CallerAsync(), CancellationToken.None);

    private static string TitleOf(UserSummary user, PortalRole? role)
        => role is { } to ? $"Make {user.Email} {(to == PortalRole.Viewer ? "a" : "an")} {UserAccounts.Code(to)}?" : $"Disable {user.Email}?";

    private Task SaveAsync() => GuardAsync(async () =>
    {
        var handOverTo = _handOverTo.Length == 0 ? null : _handOverTo;
        if (handOverTo is not null && _keys?.Total > KeyOwnership.AtOnce && !await HandOverManyAsync(handOverTo))
        {
            await LoadKeysAsync();
            return;
        }

        var caller = await Me.CallerAsync();
        var done = Role is { } role
            ? await Users.ChangeRoleAsync(User.Id, role, caller, CancellationToken.None, handOverTo)
            : await Users.DisableAsync(User.Id, caller, CancellationToken.None, handOverTo);
        (_failure, _field) = (done.Failure?.Message, done.Failure?.Field);
        if (done.Failure is null)
        {
            Dialog.Close(DialogResult.Ok(true));
        }
    });

    /// <summary>Piece by piece, with pauses as long as the pieces, in which others get at the store; what is handed over when somebody stops stays so.</summary>
    /// <returns>Whether all were handed over, but for the last few.</returns>
    private async Task<bool> HandOverManyAsync(string toId)
    {
        using var stop = _handingOver = new CancellationTokenSource();
        try
        {
            while (true)
            {
                var started = Clock.GetTimestamp();
                if (!(await Users.HandOverKeysAsync(User.Id, toId, await Me.CallerAsync(), CancellationToken.None)).Succeeded(out var moved, out var failure))
                {
                    (_failure, _field) = (failure.Message, failure.Field);
                    return false;
                }

                _handedOver += moved;
                if (moved < KeyOwnership.AtOnce)
                {
                    return true;
                }

                StateHasChanged();
                await Task.Delay(Clock.GetElapsedTime(started), Clock, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _failure = $"Stopped: {Moved}, the others not, and {User.Email} is as before.";
            return false;
        }
        finally
        {
            _handingOver = null;
        }
    }

    private async Task GuardAsync(Func<Task> work)
    {
        if (_busy)
        {
            return;
        }

        (_busy, _failure, _field, _handedOver) = (true, null, null, 0);
        try
        {
            await work();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.NotChanged(Logger, exception);
            _failure = $"{(_handedOver == 0 ? "Nothing was changed." : $"{Moved}; nothing else was changed.")} {reason} Try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A user could not be changed, or their keys not be shown.")]
        public static partial void NotChanged(ILogger logger, Exception exception);
    }
}
