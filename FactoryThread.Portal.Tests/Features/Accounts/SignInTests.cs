using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed class SignInTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_right_password_opens_the_portal_and_is_recorded_with_the_address()
    {
        await using var app = PortalApp.Start();

        using var http = await app.SignInAsync();
        using var account = await http.GetAsync("/account", Cancel);

        Assert.Equal(HttpStatusCode.OK, account.StatusCode);
        Assert.Contains(SignedInClient.AdminEmail, await account.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        var entry = Assert.Single(await app.UserAuditAsync(), e => e.Action == "user.signed_in");
        Assert.Equal(("127.0.0.1", SignedInClient.AdminEmail), (entry.Address, entry.ActorName));
    }

    [Fact]
    public async Task The_list_of_users_has_the_latest_sign_in()
    {
        var clock = new SettableClock();
        await using var app = PortalApp.Start(clock);
        using var first = await app.SignInAsync();
        clock.Pass(TimeSpan.FromHours(3));
        using var second = await app.SignInAsync();

        var user = Assert.Single((await app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require());

        Assert.Equal(clock.GetUtcNow(), user.LastSignInAt);
    }

    [Fact]
    public async Task The_cookie_cannot_be_read_by_scripts_nor_sent_from_other_sites()
    {
        await using var app = PortalApp.Start();
        using var first = await app.SignInAsync();
        using var http = app.Browser();

        using var answer = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials());

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.Contains("Session=", StringComparison.Ordinal));
        Assert.StartsWith("FactoryThread.Session=", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Behind_a_known_https_proxy_the_cookie_is_secure_and_bound_to_the_host()
    {
        await using var app = PortalApp.Start(settings: new() { ["Portal:KnownProxies:0"] = "127.0.0.1" });
        using var first = await app.SignInAsync();
        using var http = app.Browser();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        // The test's own client is on http and so may not send back a Secure cookie by itself.
        using var page = await http.GetAsync("/account/sign-in", Cancel);
        var form = Assert.Single(page.Headers.GetValues("Set-Cookie"), c => c.StartsWith("FactoryThread.Form=", StringComparison.Ordinal));
        var token = System.Text.RegularExpressions.Regex.Match(
            await page.Content.ReadAsStringAsync(Cancel), "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/account/sign-in")
        {
            Content = new FormUrlEncodedContent(Credentials().Append(new("_handler", "sign-in")).Append(new("__RequestVerificationToken", WebUtility.HtmlDecode(token)))),
        };
        request.Headers.Add("Cookie", form.Split(';')[0]);
        using var answer = await http.SendAsync(request, Cancel);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.Contains("Session=", StringComparison.Ordinal));
        Assert.StartsWith("__Host-FactoryThread.Session=", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/;", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("203.0.113.7", (await app.UserAuditAsync())[^1].Address);
    }

    [Theory]
    [InlineData(SignedInClient.AdminEmail, "not the password")]
    [InlineData("nobody@example.test", SignedInClient.AdminPassword)]
    public async Task A_wrong_password_and_an_unknown_email_get_the_same_answer(string email, string password)
    {
        await using var app = PortalApp.Start();
        using var first = await app.SignInAsync();
        using var http = app.Browser();

        using var answer = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials(email, password));
        var html = await answer.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("The email or the password is not right.", html, StringComparison.Ordinal);
        Assert.DoesNotContain(password, html, StringComparison.Ordinal);
        using var account = await http.GetAsync("/account", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, account.StatusCode);
        var entry = (await app.UserAuditAsync())[^1];
        Assert.Equal(("user.sign_in_failed", "127.0.0.1"), (entry.Action, entry.Address));
        Assert.DoesNotContain("nobody", entry.SubjectName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_the_account_even_for_the_right_one()
    {
        await using var app = PortalApp.Start();
        using var first = await app.SignInAsync();
        using var http = app.Browser();
        var before = DateTimeOffset.UtcNow;

        for (var i = 0; i < 5; i++)
        {
            using var wrong = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials(password: "not the password"));
        }

        using var right = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials());

        Assert.Contains("Wait 5 minutes", await right.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Single(await app.UserAuditAsync(), e => e.Action == "user.locked_out");
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        var until = (await db.Users.SingleAsync(Cancel)).LockoutEnd;
        Assert.InRange(until!.Value, before.AddMinutes(5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Fact]
    public async Task Guessing_who_has_an_account_is_stopped_after_twenty_tries_too()
    {
        await using var app = PortalApp.Start(new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero)));
        using var first = await app.SignInAsync();
        using var http = app.Browser();
        for (var i = 0; i < 20; i++)
        {
            using var unknown = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials($"nobody{i}@example.test"));
            Assert.Contains("The email or the password is not right.", await unknown.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        using var answer = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials());

        Assert.Contains("Too many failed attempts from your network", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public void Guessing_over_many_accounts_is_stopped_for_a_minute()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        var throttle = new SignInThrottle(time);

        for (var i = 0; i < SignInThrottle.FailuresPerMinute; i++)
        {
            Assert.True(throttle.Allows("203.0.113.7"));
            throttle.CountFailure("203.0.113.7");
        }

        Assert.False(throttle.Allows("203.0.113.7"));
        Assert.True(throttle.Allows("203.0.113.8"));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(throttle.Allows("203.0.113.7"));
    }

    [Theory]
    [InlineData("/settings/api-keys?page=2", "/settings/api-keys?page=2")]
    [InlineData("https://evil.example", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("", "/")]
    public async Task Signing_in_leads_back_to_a_page_of_this_portal_only(string wanted, string to)
    {
        await using var app = PortalApp.Start();
        using var first = await app.SignInAsync();
        using var http = app.Browser();

        using var answer = await http.SubmitAsync($"/account/sign-in?returnUrl={Uri.EscapeDataString(wanted)}", "sign-in", Credentials());

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(new Uri(app.Address, to), new Uri(app.Address, answer.Headers.Location!));
    }

    [Fact]
    public async Task A_page_leads_to_sign_in_and_back()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        using var page = await http.GetAsync("/account", Cancel);

        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        Assert.Equal("/account/sign-in?returnUrl=%2Faccount", new Uri(app.Address, page.Headers.Location!).PathAndQuery);
    }

    [Fact]
    public async Task A_session_does_not_open_what_keys_open()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();

        using var answer = await http.GetAsync("/v1/keys", Cancel);

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
        Assert.InRange((int)answer.StatusCode, 401, 404);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        var html = await http.GetStringAsync("/account", Cancel);
        var token = WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(html, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value);

        using var forged = await http.PostAsync("/account/sign-out", new FormUrlEncodedContent([]), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
        using var answer = await http.PostAsync("/account/sign-out", form, Cancel);
        using var account = await http.GetAsync("/account", Cancel);

        Assert.Equal("/account/sign-in", answer.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, account.StatusCode);
        Assert.Equal("user.signed_out", (await app.UserAuditAsync())[^1].Action);
    }

    [Fact]
    public async Task A_copy_of_the_cookie_opens_nothing_after_signing_out()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        await using var app = PortalApp.Start(time);
        using var first = await app.SignInAsync();
        using var http = app.Browser();
        using var signedIn = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials());
        using var thief = app.Http();
        thief.DefaultRequestHeaders.Add("Cookie", Assert.Single(signedIn.Headers.GetValues("Set-Cookie"), c => c.Contains("Session=", StringComparison.Ordinal)).Split(';')[0]);
        using var before = await thief.GetAsync("/account", Cancel);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", await http.FormTokenAsync("/account"))]);
        using var signedOut = await http.PostAsync("/account/sign-out", form, Cancel);
        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));
        using var after = await thief.GetAsync("/account", Cancel);

        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
    }

    [Fact]
    public async Task A_disabled_user_is_signed_out_within_seconds_and_cannot_come_back()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        await using var app = PortalApp.Start(time);
        using var administrator = await app.SignInAsync();
        var users = app.Get<UserService>();
        var eve = (await users.AddAsync(new NewUser("eve@example.test", "a long enough password", PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        using var http = await app.SignInAsync("eve@example.test");

        (await users.DisableAsync(eve.Id, Caller.CommandLine, Cancel)).Require();
        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));
        using var account = await http.GetAsync("/account", Cancel);
        using var again = await http.SubmitAsync("/account/sign-in", "sign-in", Credentials("eve@example.test"));

        Assert.Equal(HttpStatusCode.Redirect, account.StatusCode);
        Assert.Contains("The email or the password is not right.", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        (await users.EnableAsync(eve.Id, Caller.CommandLine, Cancel)).Require();
        using var enabled = await app.SignInAsync("eve@example.test");
        Assert.DoesNotContain("name=\"SessionId\"", await enabled.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changing_the_password_keeps_this_session_and_ends_the_others()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        await using var app = PortalApp.Start(time);
        using var here = await app.SignInAsync();
        using var there = await app.SignInAsync();

        using var answer = await here.SubmitAsync("/account", "change-password", new()
        {
            ["Input.Current"] = SignedInClient.AdminPassword,
            ["Input.Wanted"] = "another long password",
            ["Input.Repeat"] = "another long password",
        });
        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));

        Assert.Contains("Your password is changed.", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var stays = await here.GetAsync("/account", Cancel);
        using var ended = await there.GetAsync("/account", Cancel);
        Assert.Equal(HttpStatusCode.OK, stays.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
    }

    private static Dictionary<string, string> Credentials(string email = SignedInClient.AdminEmail, string password = SignedInClient.AdminPassword)
        => new() { ["Input.Email"] = email, ["Input.Password"] = password };
}
