using System.Net;
using System.Text;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed class InvitationTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly PortalApp _app;

    public InvitationTests() => _app = PortalApp.Start(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private InvitationService Invitations => _app.Get<InvitationService>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task The_link_makes_the_user_with_the_role_once_and_signs_them_in()
    {
        var made = await InviteAsync();
        using var http = _app.Browser();

        using var joined = await SubmitAsync(http, made.Token);
        using var account = await http.GetAsync("/account", Cancel);
        using var second = _app.Browser();
        using var again = await second.GetAsync(Link(made.Token), Cancel);

        Assert.Equal(HttpStatusCode.Redirect, joined.StatusCode);
        Assert.Equal(HttpStatusCode.OK, account.StatusCode);
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.Contains("This invitation is not valid", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        var user = Assert.Single((await _app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require());
        Assert.Equal(("ada@example.test", PortalRole.Viewer, _time.GetUtcNow()), (user.Email, user.Role, user.LastSignInAt));
        Assert.Empty((await Invitations.ListAsync(Caller.CommandLine, Cancel)).Require());
        Assert.Equal(["invitation.created", "user.created", "user.signed_in"], await ActionsAsync());
    }

    [Fact]
    public async Task A_password_that_is_refused_leaves_the_link_usable()
    {
        var made = await InviteAsync();
        using var http = _app.Browser();

        using var refused = await SubmitAsync(http, made.Token, "short");
        using var joined = await SubmitAsync(http, made.Token);

        Assert.Contains("at least 12 characters", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, joined.StatusCode);
    }

    [Fact]
    public async Task An_expired_a_revoked_and_a_replaced_link_no_longer_work()
    {
        var revoked = await InviteAsync("eve@example.test");
        (await Invitations.RevokeAsync(revoked.Invitation.Id, Caller.CommandLine, Cancel)).Require();
        var replaced = await InviteAsync();
        var current = await InviteAsync("ADA@example.test");

        Assert.Equal(FailureKind.NotFound, (await AcceptAsync(revoked)).Failure?.Kind);
        Assert.Equal(FailureKind.NotFound, (await AcceptAsync(replaced)).Failure?.Kind);
        Assert.Equal(current.Invitation, Assert.Single((await Invitations.ListAsync(Caller.CommandLine, Cancel)).Require()));
        _time.Advance(TimeSpan.FromDays(7));
        Assert.Equal(FailureKind.NotFound, (await AcceptAsync(current)).Failure?.Kind);
        Assert.Empty((await Invitations.ListAsync(Caller.CommandLine, Cancel)).Require());
    }

    [Fact]
    public async Task The_store_holds_nothing_that_opens_the_link()
    {
        var made = await InviteAsync();

        foreach (var file in Directory.EnumerateFiles(_app.DataDirectory, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(made.Token, await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(made.Token, made.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invitations_of_somebody_who_loses_their_rights_end()
    {
        await _app.UserAsync("root@example.test");
        var eve = await _app.UserAsync("eve@example.test");
        var made = (await Invitations.CreateAsync("friend@example.test", PortalRole.Administrator, Caller.Administrator(new Actor(ActorKind.User, eve.Id, eve.Email!), eve.Id), Cancel)).Require();

        await _app.RoleAsync(eve.Id, PortalRole.Operator);

        Assert.Equal(FailureKind.NotFound, (await AcceptAsync(made)).Failure?.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("Ada <ada@example.test>")]
    [InlineData("taken@example.test")]
    public async Task An_address_that_cannot_be_invited_is_told(string email)
    {
        await _app.UserAsync("taken@example.test");

        Assert.Equal("email", (await Invitations.CreateAsync(email, PortalRole.Viewer, Caller.CommandLine, Cancel)).Failure?.Field);
    }

    private static string Link(string token) => $"{InvitationService.Path}?token={token}";

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient http, string token, string password = "a long enough password")
        => http.SubmitAsync(Link(token), "accept-invitation", new() { ["Input.Password"] = password, ["Input.Repeat"] = password });

    private async Task<NewInvitation> InviteAsync(string email = "ada@example.test")
        => (await Invitations.CreateAsync(email, PortalRole.Viewer, Caller.CommandLine, Cancel)).Require();

    private Task<Result<UserSummary>> AcceptAsync(NewInvitation made) => Invitations.AcceptAsync(made.Token, "a long enough password", null, Cancel);

    private async Task<List<string>> ActionsAsync()
    {
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancel);
        return await db.Set<AuditEntry>().Where(e => e.SubjectType == "user" || e.SubjectType == "invitation").OrderBy(e => e.Id).Select(e => e.Action).ToListAsync(Cancel);
    }
}
