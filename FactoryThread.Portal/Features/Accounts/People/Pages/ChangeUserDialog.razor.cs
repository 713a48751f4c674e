using System.Diagnostics.CodeAnalysis;
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
    private CancellationTokenSource? _stop;
    private int _handedOver;
    private int _left;
    private bool _gone;
    private ElementReference _moving;
    private bool _movingFocused;

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

    [MemberNotNullWhen(true, nameof(_keys))]
    private bool Asks => _keys is { Total: > 0 } && Loses is not null;

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

    public void Dispose()
    {
        // Whoever leaves the page has stopped it too.
        _gone = true;
        _stop?.Cancel();
    }

    protected override Task OnInitializedAsync() => GuardAsync(LoadKeysAsync);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The button that was pressed is disabled now, and to stop takes another press on purpose.
        if (_stop is not null && !_movingFocused)
        {
            _movingFocused = true;
            await _moving.FocusAsync();
        }
    }

    private async Task LoadKeysAsync()
    {
        // Who has lost the right meanwhile would see none.
        if (await Me.CallerAsync() is { IsAdministrator: true } caller)
        {
            _keys = await Keys.ListAsync(new ApiKeyQuery { OwnerId = User.Id, Status = KeyStatus.Active, Sort = ApiKeySort.LastUsed, Take = Named }, caller, CancellationToken.None);
        }
    }

    private static string TitleOf(UserSummary user, PortalRole? role)
        => role is { } to ? $"Make {user.Email} {(to == PortalRole.Viewer ? "a" : "an")} {UserAccounts.Code(to)}?" : $"Disable {user.Email}?";

    private void Cancel()
    {
        if (!_busy)
        {
            Dialog.Cancel();
        }
    }

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        // Nothing closes the dialog before it is known what became of the change.
        var options = Dialog.Options;
        await Dialog.SetOptionsAsync(options with { CloseOnEscapeKey = false });
        (_failure, _field, _handedOver) = (null, null, 0);
        await GuardAsync(ChangeAsync);
        if (_failure is null || _gone)
        {
            return;
        }

        await Dialog.SetOptionsAsync(options);
        if (_handedOver > 0)
        {
            // What was listed is theirs no longer.
            await GuardAsync(LoadKeysAsync);
        }
    }

    private async Task ChangeAsync()
    {
        var to = _handOverTo.Length == 0 ? null : _handOverTo;
        if (to is not null && !await HandOverAsync(to))
        {
            return;
        }

        var caller = await Me.CallerAsync();
        var done = Role is { } role
            ? await Users.ChangeRoleAsync(User.Id, role, caller, CancellationToken.None, to)
            : await Users.DisableAsync(User.Id, caller, CancellationToken.None, to);
        if (done.Failure is { } failure)
        {
            Fail(failure.Message, failure.Field);
        }
        else
        {
            Dialog.Close(DialogResult.Ok(true));
        }
    }

    /// <returns>Whether all keys were handed over.</returns>
    private async Task<bool> HandOverAsync(string toId)
    {
        using var stop = new CancellationTokenSource();
        (_stop, _left, _movingFocused) = (stop, 0, false);
        Failure? refused = null;
        try
        {
            await Piecewise.RunAsync(SomeAsync, Clock, stop.Token);

            // A press of Stop during the last piece has waited for it.
            await Task.Yield();
            stop.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Fail(refused?.Message ?? "Stopped.", refused?.Field);
            return false;
        }
        finally
        {
            _stop = null;
        }

        if (refused is not null)
        {
            Fail(refused.Message, refused.Field);
        }

        return refused is null;

        async Task<bool> SomeAsync()
        {
            if (!(await Users.HandOverKeysAsync(User.Id, toId, await Me.CallerAsync(), CancellationToken.None)).Succeeded(out var part, out refused))
            {
                return false;
            }

            (_handedOver, _left) = (_handedOver + part.Moved, part.Left);
            StateHasChanged();
            return part.Left > 0;
        }
    }

    private void Fail(string why, string? field = null)
        => (_failure, _field) = (_handedOver == 0 ? why : $"{why} {Moved}; {User.Email} is as before.", field);

    private async Task GuardAsync(Func<Task> work)
    {
        _busy = true;
        try
        {
            await work();
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            Log.NotChanged(Logger, exception);
            if (_failure is null)
            {
                Fail(_handedOver == 0 ? $"Nothing was changed. {reason} Try again." : $"{reason} Try again.");
            }
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
