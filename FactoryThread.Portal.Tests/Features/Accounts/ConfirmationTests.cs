using System.Security.Claims;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.Passkeys;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>What people have to prove before a key gets a value, if the workspace asks for it.</summary>
public sealed class ConfirmationTests : IAsyncLifetime
{
    private readonly SettableClock _clock = new();
    private PortalApp _app = null!;
    private ClaimsPrincipal _ada = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ApiKeyService Keys => _app.Get<ApiKeyService>();

    private ConfirmationService Confirmation => _app.Get<ConfirmationService>();

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_clock);
        using var http = await _app.SignInAsync();
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancel);
        var (user, session) = (await db.Users.SingleAsync(Cancel), await db.Set<UserSession>().SingleAsync(Cancel));
        var claims = new IdentityOptions().ClaimsIdentity;
        _ada = new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim(claims.UserIdClaimType, user.Id), new Claim(claims.SecurityStampClaimType, user.SecurityStamp!), new Claim(SessionService.ClaimType, session.Id)], "test"));
        await AskAsync(true);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Signing_in_counts_for_ten_minutes_and_then_nothing_gets_a_value_before_a_confirmation()
    {
        var key = (await CreateAsync()).Require().Key;
        _clock.Pass(TimeSpan.FromMinutes(10));

        Assert.Equal(FailureKind.Unconfirmed, (await CreateAsync()).Failure?.Kind);
        Assert.Equal(FailureKind.Unconfirmed, (await Keys.RegenerateAsync(key.Id, await CallerAsync(), Cancel)).Failure?.Kind);
        Assert.Equal(key.Hint, (await Keys.GetAsync(key.Id, await CallerAsync(), Cancel)).Require().Hint);
        Assert.Equal(1, (await Keys.ListAsync(new ApiKeyQuery(), await CallerAsync(), Cancel)).Total);

        Assert.True((await ConfirmAsync(SignedInClient.AdminPassword)).Require());
        Assert.NotEqual(key.Hint, (await Keys.RegenerateAsync(key.Id, await CallerAsync(), Cancel)).Require().Key.Hint);
        Assert.Contains("user.confirmed", (await _app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task A_wrong_password_confirms_nothing_and_five_lock_the_account()
    {
        _clock.Pass(TimeSpan.FromMinutes(10));

        for (var attempt = 1; attempt < 5; attempt++)
        {
            Assert.Equal("This is not your password.", (await ConfirmAsync("not the password")).Failure?.Message);
        }

        Assert.Contains("Wait 5 minutes", (await ConfirmAsync("not the password")).Failure?.Message, StringComparison.Ordinal);
        Assert.NotNull((await ConfirmAsync(SignedInClient.AdminPassword)).Failure);
        Assert.Equal(FailureKind.Unconfirmed, (await CreateAsync()).Failure?.Kind);
        Assert.Equal(["user.created", "user.signed_in", .. Enumerable.Repeat("user.confirmation_failed", 6)], (await _app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task The_passkey_of_somebody_else_confirms_nothing()
    {
        var eve = await _app.UserAsync("eve@example.test");
        _clock.Pass(TimeSpan.FromMinutes(10));

        var refused = (await Confirmation.ConfirmByPasskeyAsync(eve.Id, await CallerAsync(), Cancel)).Failure;

        Assert.Equal((FailureKind.Invalid, "proof"), (refused?.Kind, refused?.Field));
        Assert.Equal(FailureKind.Unconfirmed, (await CreateAsync()).Failure?.Kind);
        Assert.DoesNotContain("user.confirmed", (await _app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task A_recovery_code_confirms_nothing_and_is_not_spent_and_a_code_of_the_app_does()
    {
        var factor = _app.Get<SecondFactorService>();
        var ada = await CallerAsync();
        var key = (await factor.BeginAsync(ada, Cancel)).Require().Key;
        var codes = (await factor.TurnOnAsync(AuthenticatorApp.Code(key, steps: 0), ada, ada.SessionId, Cancel)).Require();

        var refused = (await Confirmation.ConfirmAsync(Proof.Code, codes[0], ada, Cancel)).Failure;

        Assert.Equal((FailureKind.Invalid, "proof"), (refused?.Kind, refused?.Field));
        Assert.Equal(10, (await factor.StatusAsync(ada, Cancel)).Require().RecoveryCodesLeft);
        Assert.True((await Confirmation.ConfirmAsync(Proof.Code, AuthenticatorApp.Code(key, steps: 1), ada, Cancel)).Require());
    }

    [Theory]
    [InlineData("")]
    [InlineData("000000")]
    public async Task Without_an_app_no_code_confirms(string code)
        => Assert.Equal("proof", (await Confirmation.ConfirmAsync(Proof.Code, code, await CallerAsync(), Cancel)).Failure?.Field);

    [Fact]
    public async Task A_way_of_signing_in_is_added_and_removed_only_within_ten_minutes_of_signing_in()
    {
        await AskAsync(false);
        using var http = await _app.SignInAsync();
        Assert.Contains("class=\"key\"", await http.GetStringAsync("/account/authenticator", Cancel), StringComparison.Ordinal);
        _clock.Pass(TimeSpan.FromMinutes(10));

        foreach (var path in new[] { "/account/authenticator", "/account/passkeys" })
        {
            var page = await http.GetStringAsync(path, Cancel);
            Assert.Contains("sign in again", page, StringComparison.Ordinal);
            Assert.Contains($"returnUrl={Uri.EscapeDataString(path)}", page, StringComparison.Ordinal);
            Assert.DoesNotContain("class=\"key\"", page, StringComparison.Ordinal);
        }

        using var late = await http.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = "000000" });
        Assert.DoesNotContain("Recovery codes", await late.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        var passkey = new UserPasskeyInfo([1, 2, 3], [4, 5, 6], _clock.GetUtcNow(), 0, [], isUserVerified: true, isBackupEligible: false, isBackedUp: false, [], []);
        var passkeys = _app.Get<PasskeyService>();
        Assert.Contains("Sign in again", (await passkeys.AddAsync(passkey, "Found on the floor", await CallerAsync(), Cancel)).Failure?.Message, StringComparison.Ordinal);
        using var again = await _app.SignInAsync();
        Assert.True((await ConfirmAsync(SignedInClient.AdminPassword)).Require());
        var added = (await passkeys.AddAsync(passkey, "Laptop at work", await CallerAsync(), Cancel)).Require();
        _clock.Pass(TimeSpan.FromMinutes(10));
        Assert.Contains("Sign in again", (await passkeys.RemoveAsync(added.Id, await CallerAsync(), Cancel)).Failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_current_password_counts_towards_the_lockout_and_stands_in_the_record()
    {
        var users = _app.Get<UserService>();
        for (var attempt = 1; attempt < 5; attempt++)
        {
            Assert.Equal("This is not your current password.", (await users.ChangePasswordAsync("a guess", "a new and long password", await CallerAsync(), Cancel)).Failure?.Message);
        }

        Assert.Contains("Wait 5 minutes", (await users.ChangePasswordAsync("a guess", "a new and long password", await CallerAsync(), Cancel)).Failure?.Message, StringComparison.Ordinal);
        Assert.NotNull((await users.ChangePasswordAsync(SignedInClient.AdminPassword, "a new and long password", await CallerAsync(), Cancel)).Failure);
        Assert.Contains("user.password_change_failed", (await _app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task It_counts_for_the_session_that_was_confirmed()
    {
        _clock.Pass(TimeSpan.FromMinutes(10));
        using var elsewhere = await _app.SignInAsync();

        Assert.Equal(FailureKind.Unconfirmed, (await CreateAsync()).Failure?.Kind);
        var other = await CallerAsync();
        Assert.NotNull((await Confirmation.ConfirmAsync(Proof.Password, SignedInClient.AdminPassword, other with { SessionId = "another" }, Cancel)).Failure);
        Assert.NotNull((await Confirmation.ConfirmAsync(Proof.Password, SignedInClient.AdminPassword, other with { SessionId = null }, Cancel)).Failure);
    }

    [Fact]
    public async Task A_compromised_key_is_revoked_without_a_confirmation_and_replaced_only_with_one()
    {
        var key = (await CreateAsync()).Require().Key;
        _clock.Pass(TimeSpan.FromMinutes(10));
        var incidents = _app.Get<IncidentService>();
        var since = _clock.GetUtcNow().AddDays(-1);

        var replaced = await incidents.ReportAsync(key.Id, new CompromiseWish(since, null, Replace: true), await CallerAsync(), Cancel);
        Assert.Equal(FailureKind.Unconfirmed, replaced.Failure?.Kind);
        Assert.Equal(KeyStatus.Active, (await Keys.GetAsync(key.Id, await CallerAsync(), Cancel)).Require().Status);

        (await incidents.ReportAsync(key.Id, new CompromiseWish(since, null, Replace: false), await CallerAsync(), Cancel)).Require();
        Assert.Equal(KeyStatus.Revoked, (await Keys.GetAsync(key.Id, await CallerAsync(), Cancel)).Require().Status);
    }

    [Fact]
    public async Task It_is_not_switched_off_without_a_confirmation()
    {
        _clock.Pass(TimeSpan.FromMinutes(10));
        var workspace = _app.Get<WorkspaceService>();
        var version = (await workspace.GetAsync(Cancel)).Version;

        var refused = await workspace.ChangePeopleAsync(new PeopleRules(false, null, ConfirmNewValues: false), version, await CallerAsync(), Cancel);

        Assert.Equal(FailureKind.Unconfirmed, refused.Failure?.Kind);
        Assert.True((await workspace.GetAsync(Cancel)).ConfirmNewValues);
    }

    [Fact]
    public async Task Where_it_is_not_asked_for_nobody_has_to()
    {
        await AskAsync(false);
        _clock.Pass(TimeSpan.FromHours(1));

        (await CreateAsync()).Require();
    }

    private async Task<Caller> CallerAsync() => (await _app.Get<UserService>().FindCallerAsync(_ada, Cancel))!;

    private async Task<Result<RevealedKey>> CreateAsync() => await Keys.CreateAsync(new NewApiKey(Given.Settings(), KeyEnvironment.Live), await CallerAsync(), Cancel);

    private async Task<Result<bool>> ConfirmAsync(string password) => await Confirmation.ConfirmAsync(Proof.Password, password, await CallerAsync(), Cancel);

    private async Task AskAsync(bool confirm)
    {
        var workspace = _app.Get<WorkspaceService>();
        (await workspace.ChangePeopleAsync(new PeopleRules(false, null, confirm), (await workspace.GetAsync(Cancel)).Version, Caller.CommandLine, Cancel)).Require();
    }
}
