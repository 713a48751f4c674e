using System.Security.Claims;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed class UserServiceTests : IAsyncDisposable
{
    private readonly PortalApp _app = PortalApp.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private UserService Users => _app.Get<UserService>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Two_users_cannot_share_an_email_in_any_spelling()
    {
        await AddAsync("ada@example.test");

        var again = await Users.AddAsync(new NewUser(" ADA@example.test ", "a long enough password", PortalRole.Operator), Caller.CommandLine, Cancel);

        Assert.Equal(FailureKind.Conflict, again.Failure?.Kind);
        Assert.Equal("email", again.Failure?.Field);
    }

    [Fact]
    public async Task A_failed_addition_leaves_nothing_behind()
    {
        var refused = await Users.AddAsync(new NewUser("ada@example.test", "short", PortalRole.Administrator), Caller.CommandLine, Cancel);

        Assert.Equal("password", refused.Failure?.Field);
        Assert.False(await Users.AnyAsync(Cancel));
        Assert.Empty(await _app.UserAuditAsync());
    }

    [Theory]
    [InlineData("password1234")]
    [InlineData("P@ssw0rd1234")]
    [InlineData("qwertyuiop123")]
    [InlineData("123456789012")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("factorythread1")]
    [InlineData("adalovelace1")]
    [InlineData("Passw0rd!Passw0rd!")]
    [InlineData("iloveyou2024")]
    public async Task Passwords_that_guessing_finds_soon_are_refused_however_long(string password)
    {
        var refused = await Users.AddAsync(new NewUser("ada.lovelace-1815@example.test", password, PortalRole.Viewer), Caller.CommandLine, Cancel);

        Assert.Equal("password", refused.Failure?.Field);
        Assert.Contains("too easy to guess", refused.Failure?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, refused.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_has_an_end()
    {
        var refused = await Users.AddAsync(new NewUser("ada@example.test", string.Concat(Enumerable.Repeat("vault elm river ", 17)), PortalRole.Viewer), Caller.CommandLine, Cancel);
        var longest = await Users.AddAsync(new NewUser("ada@example.test", string.Concat(Enumerable.Repeat("vault elm river ", 16)), PortalRole.Viewer), Caller.CommandLine, Cancel);

        Assert.Equal("A password may have up to 256 characters.", refused.Failure?.Message);
        Assert.Null(longest.Failure);
    }

    [Fact]
    public async Task Emails_with_unusual_characters_are_fine()
        => Assert.Equal("o'neil+x@example.test", (await AddAsync("o'neil+x@example.test")).Email);

    [Fact]
    public async Task Only_administrators_manage_users()
    {
        var ada = await AddAsync("ada@example.test", administrator: true);
        var plain = new Caller(new Actor(ActorKind.User, "x", "x"), "x", PortalRole.Operator, AllKeys: true);

        Assert.Equal(FailureKind.Forbidden, (await Users.AddAsync(new NewUser("b@example.test", "a long enough password", PortalRole.Administrator), plain, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await Users.DisableAsync(ada.Id, plain, Cancel)).Failure?.Kind);
        Assert.Equal(FailureKind.Forbidden, (await Users.ListAsync(plain, Cancel)).Failure?.Kind);
    }

    [Fact]
    public async Task The_last_administrator_who_can_sign_in_stays()
    {
        var ada = await AddAsync("ada@example.test", administrator: true);
        var bob = await AddAsync("bob@example.test", administrator: true);
        (await Users.DisableAsync(bob.Id, Caller.CommandLine, Cancel)).Require();

        var refused = await Users.DisableAsync(ada.Id, Caller.CommandLine, Cancel);
        (await Users.EnableAsync(bob.Id, Caller.CommandLine, Cancel)).Require();
        var allowed = await Users.DisableAsync(ada.Id, Caller.CommandLine, Cancel);

        Assert.Equal(FailureKind.Conflict, refused.Failure?.Kind);
        Assert.NotNull(allowed.Require().DisabledAt);
        Assert.Equal(["user.disabled", "user.enabled", "user.disabled"], (await _app.UserAuditAsync()).Select(e => e.Action).Where(a => a != "user.created"));
    }

    [Fact]
    public async Task The_last_administrator_is_not_demoted_either()
    {
        var ada = await AddAsync("ada@example.test", administrator: true);
        var bob = await AddAsync("bob@example.test", administrator: true);

        (await Users.ChangeRoleAsync(bob.Id, PortalRole.Viewer, Caller.CommandLine, Cancel)).Require();
        var refused = await Users.ChangeRoleAsync(ada.Id, PortalRole.Operator, Caller.CommandLine, Cancel);

        Assert.Equal(FailureKind.Conflict, refused.Failure?.Kind);
        Assert.Equal("""{"role":{"from":"administrator","to":"viewer"}}""", (await _app.UserAuditAsync())[^1].Details);
    }

    [Fact]
    public async Task Keys_that_are_handed_over_go_on_working_and_the_record_says_so()
    {
        var eve = await _app.UserAsync("eve@example.test", administrator: false);
        var ada = await _app.UserAsync("ada@example.test", administrator: false);
        var key = await _app.KeyAsync(owner: "eve@example.test", administrator: false);
        await _app.FlowAsync("abc123");
        using var http = _app.Http();

        var toThemselves = await Users.DisableAsync(eve.Id, Caller.CommandLine, Cancel, handOverTo: eve.Id);
        (await Users.DisableAsync(eve.Id, Caller.CommandLine, Cancel, handOverTo: ada.Id)).Require();

        Assert.Equal("handOverTo", toThemselves.Failure?.Field);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await http.ExecuteAsync("abc123", key.Token.Reveal(), "{}")).Status);
        var entry = (await _app.Get<FactoryThread.Portal.Features.Audit.AuditLog>().ForSubjectAsync("api_key", key.Key.Id, 0, 1, Cancel)).Items.Single();
        Assert.Equal(("api_key.handed_over", """{"owner":{"from":"eve@example.test","to":"ada@example.test"}}"""), (entry.Action, entry.Details));
    }

    [Fact]
    public async Task More_keys_than_go_at_once_are_handed_over_with_a_record_each()
    {
        var eve = await _app.UserAsync("eve@example.test", administrator: false);
        var ada = await _app.UserAsync("ada@example.test", administrator: false);
        await using var db = await ManyKeysAsync();

        (await Users.DisableAsync(eve.Id, Caller.CommandLine, Cancel, handOverTo: ada.Id)).Require();

        Assert.Equal(1101, await db.Set<ApiKey>().CountAsync(k => k.OwnerId == ada.Id, Cancel));
        Assert.Equal(1101, await db.Set<AuditEntry>().Where(e => e.Action == "api_key.handed_over").Select(e => e.SubjectId).Distinct().CountAsync(Cancel));
        Assert.NotNull((await db.Users.SingleAsync(u => u.Id == eve.Id, Cancel)).DisabledAt);
    }

    [Fact]
    public async Task Many_keys_are_handed_over_part_by_part_before_their_owner_loses_a_right()
    {
        var eve = await _app.UserAsync("eve@example.test", administrator: false);
        var ada = await _app.UserAsync("ada@example.test", administrator: true);
        await using var db = await ManyKeysAsync();

        var parts = new List<HandedOver>();
        for (var part = 0; part < 4; part++)
        {
            parts.Add((await Users.HandOverKeysAsync(eve.Id, ada.Id, Caller.CommandLine, Cancel)).Require());
        }

        Assert.Equal([new(KeyOwnership.AtOnce, 601), new(KeyOwnership.AtOnce, 101), new(101, 0), new(0, 0)], parts);
        Assert.Equal(1101, await db.Set<ApiKey>().CountAsync(k => k.OwnerId == ada.Id, Cancel));
        Assert.Equal(1101, await db.Set<AuditEntry>().Where(e => e.Action == "api_key.handed_over").Select(e => e.SubjectId).Distinct().CountAsync(Cancel));
        Assert.Null((await db.Users.SingleAsync(u => u.Id == eve.Id, Cancel)).DisabledAt);

        // Who has to stay keeps their keys.
        Assert.Equal(FailureKind.Conflict, (await Users.HandOverKeysAsync(ada.Id, eve.Id, Caller.CommandLine, Cancel)).Failure?.Kind);
    }

    [Fact]
    public async Task Keys_that_were_revoked_are_not_handed_over()
    {
        var eve = await _app.UserAsync("eve@example.test", administrator: false);
        var ada = await _app.UserAsync("ada@example.test", administrator: false);
        var working = await _app.KeyAsync(Given.Settings("working"), owner: "eve@example.test", administrator: false);
        var revoked = await _app.KeyAsync(Given.Settings("revoked"), owner: "eve@example.test", administrator: false);
        var keys = _app.Get<ApiKeyService>();
        (await keys.RevokeAsync(revoked.Key.Id, null, Caller.CommandLine, Cancel)).Require();

        (await Users.DisableAsync(eve.Id, Caller.CommandLine, Cancel, handOverTo: ada.Id)).Require();

        Assert.Equal(ada.Id, (await keys.GetAsync(working.Key.Id, Caller.CommandLine, Cancel)).Require().OwnerId);
        Assert.Equal(eve.Id, (await keys.GetAsync(revoked.Key.Id, Caller.CommandLine, Cancel)).Require().OwnerId);
    }

    [Fact]
    public async Task A_sessions_rights_are_those_of_this_moment()
    {
        await AddAsync("root@example.test", administrator: true);
        var ada = await AddAsync("ada@example.test", administrator: true);
        var session = await SessionAsync(ada.Id);

        var before = await Users.FindCallerAsync(session, Cancel);
        await using (var db = await _app.Contexts.CreateDbContextAsync(Cancel))
        {
            await db.Users.Where(u => u.Id == ada.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, PortalRole.Viewer), Cancel);
        }

        var demoted = await Users.FindCallerAsync(session, Cancel);
        (await Users.DisableAsync(ada.Id, Caller.CommandLine, Cancel)).Require();
        var disabled = await Users.FindCallerAsync(session, Cancel);
        (await Users.EnableAsync(ada.Id, Caller.CommandLine, Cancel)).Require();
        var ended = await Users.FindCallerAsync(session, Cancel);

        Assert.True(before?.IsAdministrator);
        Assert.Equal(("ada@example.test", "203.0.113.7"), (before?.Actor.Name, before?.Actor.Address));
        Assert.False(demoted?.IsAdministrator);
        Assert.Null(disabled);
        // The session was ended when the user was disabled, so enabling them asks for a new sign-in.
        Assert.Null(ended);
        Assert.Null(await Users.FindCallerAsync(new ClaimsPrincipal(new ClaimsIdentity()), Cancel));
    }

    [Fact]
    public async Task A_session_that_its_owner_ended_has_no_rights()
    {
        var ada = await AddAsync("ada@example.test");
        var sessions = _app.Get<SessionService>();
        UserSession session;
        await using (var db = await _app.Contexts.CreateDbContextAsync(Cancel))
        {
            session = await sessions.BeginAsync(db, ada.Id, address: null, userAgent: null, secondFactor: false, Cancel);
            await db.SaveChangesAsync(Cancel);
        }

        var person = await SessionAsync(ada.Id);
        person.AddIdentity(new ClaimsIdentity([new Claim(SessionService.ClaimType, session.Id)]));
        var caller = await Users.FindCallerAsync(person, Cancel);

        (await sessions.EndAsync(session.Id, caller!, Cancel)).Require();

        Assert.Null(await Users.FindCallerAsync(person, Cancel));
    }

    [Fact]
    public async Task A_session_from_before_they_were_listed_ends_with_the_role_and_with_signing_out_everywhere()
    {
        var ada = await AddAsync("ada@example.test");
        var before = await SessionAsync(ada.Id);
        (await Users.ChangeRoleAsync(ada.Id, PortalRole.Viewer, Caller.CommandLine, Cancel)).Require();
        var after = await SessionAsync(ada.Id);

        Assert.Null(await Users.FindCallerAsync(before, Cancel));
        (await _app.Get<SessionService>().EndAllAsync((await Users.FindCallerAsync(after, Cancel))!, Cancel)).Require();
        Assert.Null(await Users.FindCallerAsync(after, Cancel));
    }

    /// <summary>1,101 keys of eve@example.test.</summary>
    private async Task<PortalDbContext> ManyKeysAsync()
    {
        var key = (await _app.KeyAsync(owner: "eve@example.test", administrator: false)).Key;
        var db = await _app.Contexts.CreateDbContextAsync(Cancel);
        await Given.KeysLikeAsync(db, key.Id, 1100);
        return db;
    }

    private async Task<UserSummary> AddAsync(string email, bool administrator = false)
        => (await Users.AddAsync(new NewUser(email, "a long enough password", administrator ? PortalRole.Administrator : PortalRole.Operator), Caller.CommandLine, Cancel)).Require();

    private async Task<ClaimsPrincipal> SessionAsync(string id)
    {
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancel);
        var user = await db.Users.SingleAsync(u => u.Id == id, Cancel);
        var names = new IdentityOptions().ClaimsIdentity;
        return new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim(names.UserIdClaimType, id), new Claim(names.SecurityStampClaimType, user.SecurityStamp!), new Claim(SessionAddress.ClaimType, "203.0.113.7")],
            "test"));
    }
}
