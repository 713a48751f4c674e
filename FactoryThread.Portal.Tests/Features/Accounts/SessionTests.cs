using System.Net;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed partial class SessionTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private PortalApp _app = null!;
    private HttpClient _here = null!;
    private HttpClient _there = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = PortalApp.Start(_time);
        _here = await _app.SignInAsync();
        _there = await _app.SignInAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _here.Dispose();
        _there.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Every_browser_is_listed_also_after_its_cookie_was_renewed()
    {
        Pass();
        await PageAsync(_here);
        Pass();

        var page = await PageAsync(_here);

        Assert.Equal(2, Address().Count(page));
        Assert.Single(Regex.Matches(page, "this browser", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Single(SessionId().Matches(page));
    }

    [Fact]
    public async Task Signing_out_another_browser_ends_it_and_leaves_this_one()
    {
        var other = SessionId().Match(await PageAsync(_here)).Groups[1].Value;

        using var answer = await _here.SubmitAsync("/account", "end-session", new() { ["SessionId"] = other });
        Pass();

        Assert.Contains("That browser is signed out.", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.False(await IsSignedInAsync(_there));
        Assert.True(await IsSignedInAsync(_here));
        Assert.Equal("user.session_ended", (await _app.UserAuditAsync())[^1].Action);
    }

    [Fact]
    public async Task However_busy_a_session_ends_after_seven_days()
    {
        for (var hour = 0; hour < 24 * 7 - 6; hour += 6)
        {
            _time.Advance(TimeSpan.FromHours(6));
            Assert.True(await IsSignedInAsync(_here));
        }

        _time.Advance(TimeSpan.FromHours(6));
        Assert.False(await IsSignedInAsync(_here));
    }

    [Fact]
    public async Task A_session_that_nobody_uses_ends_after_twelve_hours()
    {
        _time.Advance(new TimeSpan(11, 59, 0));
        Assert.True(await IsSignedInAsync(_there));

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(await IsSignedInAsync(_here));
        Assert.True(await IsSignedInAsync(_there));
    }

    [Fact]
    public async Task One_that_has_ended_so_is_listed_no_more()
    {
        _time.Advance(TimeSpan.FromHours(6));
        Assert.True(await IsSignedInAsync(_here));
        _time.Advance(TimeSpan.FromHours(7));

        Assert.Equal(1, Address().Count(await PageAsync(_here)));
    }

    [Fact]
    public async Task Those_that_have_ended_so_are_forgotten_at_the_next_sign_in()
    {
        _time.Advance(TimeSpan.FromHours(13));

        using var again = await _app.SignInAsync();

        await using var db = await _app.Contexts.CreateDbContextAsync(Cancel);
        Assert.Equal(1, await db.Set<UserSession>().CountAsync(Cancel));
    }

    [Theory]
    [InlineData("/v1/keys")]
    [InlineData("/api/anything")]
    [InlineData("/openapi/anything")]
    public async Task Where_keys_open_the_cookie_is_not_even_looked_at(string path)
    {
        _time.Advance(TimeSpan.FromHours(7));

        using var answer = await _here.GetAsync(path, Cancel);

        Assert.False(answer.Headers.Contains("Set-Cookie"));
        await using var db = await _app.Contexts.CreateDbContextAsync(Cancel);
        Assert.All(await db.Set<UserSession>().ToListAsync(Cancel), session => Assert.Equal(session.CreatedAt, session.LastSeenAt));
    }

    [Fact]
    public async Task Nobody_ends_the_session_of_somebody_else()
    {
        (await _app.Get<UserService>().AddAsync(new NewUser("eve@example.test", SignedInClient.AdminPassword, PortalRole.Viewer), Caller.CommandLine, Cancel)).Require();
        using var eve = await _app.SignInAsync("eve@example.test");
        var admins = SessionId().Match(await PageAsync(_here)).Groups[1].Value;

        using var answer = await eve.SubmitAsync("/account", "end-session", new() { ["SessionId"] = admins });
        Pass();

        Assert.Equal(1, Address().Count(await PageAsync(eve)));
        Assert.True(await IsSignedInAsync(_there));
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_this_browser_at_once_and_the_others()
    {
        using var answer = await _here.SubmitAsync("/account", "sign-out-everywhere", []);
        var here = await IsSignedInAsync(_here);
        Pass();

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.False(here);
        Assert.False(await IsSignedInAsync(_there));
        Assert.Contains("user.signed_out_everywhere", (await _app.UserAuditAsync()).Select(e => e.Action));
    }

    [Fact]
    public async Task A_new_password_ends_the_other_browsers()
    {
        using var answer = await _here.SubmitAsync(
            "/account",
            "change-password",
            new() { ["Input.Current"] = SignedInClient.AdminPassword, ["Input.Wanted"] = "quite another phrase", ["Input.Repeat"] = "quite another phrase" });
        Pass();

        Assert.Contains("Your password is changed.", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.False(await IsSignedInAsync(_there));
        var page = await PageAsync(_here);
        Assert.Equal(1, Address().Count(page));
        Assert.Contains("this browser", page, StringComparison.Ordinal);
    }

    // Longer than a session may go on after its end.
    private void Pass() => _time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));

    private static Task<string> PageAsync(HttpClient http) => http.GetStringAsync("/account", Cancel);

    private static async Task<bool> IsSignedInAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/account", Cancel);
        return answer.StatusCode == HttpStatusCode.OK;
    }

    [GeneratedRegex("name=\"SessionId\" value=\"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex SessionId();

    [GeneratedRegex("class=\"s\"[^>]*>127\\.0\\.0\\.1", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
