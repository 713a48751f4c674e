using System.Security.Claims;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.Accounts.SingleSignOn;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>The signed-in person's own password, and the browsers they are signed in with.</summary>
public sealed partial class Account
{
    private string? _failure;
    private bool _changed;
    private SecondFactorStatus? _secondFactor;
    private IReadOnlyList<SessionView> _sessions = [];
    private string? _ended;
    private bool _endFailed;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private SessionService Sessions { get; set; } = null!;

    [Inject]
    private SecondFactorService SecondFactor { get; set; } = null!;

    [Inject]
    private IOptions<SingleSignOnOptions> SingleSignOnOptions { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "change-password")]
    private Passwords? Input { get; set; }

    [SupplyParameterFromForm(FormName = "end-session")]
    private string? SessionId { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new Passwords();
        _secondFactor = (await SecondFactor.StatusAsync(await CallerAsync(), Http.RequestAborted)).Value;
        await LoadSessionsAsync();
    }

    private static string Name(SessionView session) => BrowserName.Of(session.UserAgent) ?? "Browser not named";

    private async Task<Caller> CallerAsync() => await Users.FindCallerAsync(Http.User, Http.RequestAborted) ?? Caller.Nobody;

    private async Task LoadSessionsAsync() => _sessions = await Sessions.ListAsync(Http.User, await CallerAsync(), Http.RequestAborted);

    private async Task EndAsync()
    {
        var ended = await Sessions.EndAsync(SessionId ?? "", await CallerAsync(), Http.RequestAborted);
        (_endFailed, _ended) = (ended.Failure is not null, ended.Failure?.Message ?? "That browser is signed out.");
        await LoadSessionsAsync();
    }

    private async Task EndAllAsync()
    {
        var ended = await Sessions.EndAllAsync(await CallerAsync(), Http.RequestAborted);
        if (ended.Failure is { } failure)
        {
            (_endFailed, _ended) = (true, failure.Message);
            return;
        }

        await Accounts.SignOutAsync(Http.RequestAborted);
        Navigation.NavigateTo(SignInSession.SignInPath);
    }

    private async Task ChangeAsync()
    {
        if (string.IsNullOrEmpty(Input!.Current) || string.IsNullOrEmpty(Input.Wanted))
        {
            _failure = "Enter your current password and a new one.";
            return;
        }

        if (Input.Wanted != Input.Repeat)
        {
            _failure = "The two new passwords differ. Enter them again.";
            return;
        }

        if (await Users.FindCallerAsync(Http.User, Http.RequestAborted) is not { UserId: { } userId } caller)
        {
            _failure = "You are no longer signed in. Sign in again.";
            return;
        }

        var result = await Users.ChangePasswordAsync(Input.Current, Input.Wanted, caller, Http.RequestAborted, Http.User.FindFirstValue(SessionService.ClaimType));
        _failure = result.Failure?.Message;
        if (_failure is null)
        {
            _changed = true;
            await Accounts.RefreshAsync(userId);
            _sessions = [.. _sessions.Where(s => s.IsThis)];
        }

        Input = new Passwords();
    }

    /// <summary>What the form sends.</summary>
    private sealed class Passwords
    {
        public string? Current { get; set; }

        public string? Wanted { get; set; }

        public string? Repeat { get; set; }
    }
}
