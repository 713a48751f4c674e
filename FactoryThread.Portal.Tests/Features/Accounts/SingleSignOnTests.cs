using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Cli;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>Sign-in at a real OpenID Connect server.</summary>
public sealed class SingleSignOnTests
{
    internal const string Start = "/account/single-sign-on?returnUrl=%2Fsettings%2Fapi-keys%3Fstatus%3Dactive";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_the_provider_knows_is_a_user_with_the_role_its_claim_gives()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        provider.Person = [("sub", "ada-1"), ("email", "ada@example.test"), ("email_verified", true), ("groups", new[] { "everybody", "integration" })];
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.Equal((HttpStatusCode.Redirect, "/settings/api-keys?status=active"), (end.StatusCode, Path(end)));
        Assert.Contains("ada@example.test", await http.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
        Assert.Equal([("ada@example.test", PortalRole.Operator)], await UsersAsync(app));
        Assert.Equal(["user.created", "user.login_linked", "user.signed_in"], (await app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task Somebody_with_a_verified_email_of_a_user_is_that_user_and_stays_it_when_the_email_changes()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        provider.Person = Administrator("ada-1", SignedInClient.AdminEmail);
        using (var first = app.Browser())
        using (await TravelAsync(first, Start))
        {
        }

        provider.Person = Administrator("ada-1", "married@example.test");
        using var http = app.Browser();
        using var end = await TravelAsync(http, Start);

        Assert.Equal(HttpStatusCode.Redirect, end.StatusCode);
        Assert.Contains(SignedInClient.AdminEmail, await http.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
        Assert.Single(await UsersAsync(app));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public async Task An_email_that_is_not_said_to_be_verified_opens_nobodys_account(bool? verified)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        provider.Person = [("sub", "mallory"), ("email", SignedInClient.AdminEmail), ("groups", new[] { "portal-admins" })];
        if (verified is { } said)
        {
            provider.Person = [.. provider.Person, ("email_verified", said)];
        }

        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.Equal(HttpStatusCode.Forbidden, end.StatusCode);
        Assert.Contains("no verified email address", await end.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
    }

    [Fact]
    public async Task Without_a_role_nobody_comes_in_and_no_user_is_made()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        provider.Person = [("sub", "visitor"), ("email", "visitor@example.test"), ("email_verified", true), ("groups", new[] { "canteen" })];
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.Equal(HttpStatusCode.Forbidden, end.StatusCode);
        Assert.Contains("has no role in the portal", await end.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Empty(await UsersAsync(app));
        await AssertSignedOutAsync(http);
    }

    [Fact]
    public async Task A_role_taken_away_at_the_provider_is_gone_at_the_next_sign_in_and_the_old_sessions_with_it()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(time, provider.Settings);
        using var other = await app.SignInAsync();
        provider.Person = Administrator("bob-1", "bob@example.test");
        using var before = app.Browser();
        using (await TravelAsync(before, Start))
        {
        }

        provider.Person = [("sub", "bob-1"), ("email", "bob@example.test"), ("email_verified", true), ("groups", new[] { "everybody" })];
        using var after = app.Browser();
        using (await TravelAsync(after, Start))
        {
        }

        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));
        Assert.Contains(("bob@example.test", PortalRole.Viewer), await UsersAsync(app));
        await AssertSignedOutAsync(before);
        Assert.DoesNotContain(">Invite<", await after.GetStringAsync("/settings/users", Cancel), StringComparison.Ordinal);
        var change = Assert.Single(await app.UserAuditAsync(), entry => entry.Action == "user.role_changed");
        Assert.Equal("Plant login", change.ActorName);
    }

    [Fact]
    public async Task The_provider_cannot_take_the_last_administrator_away()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        provider.Person = [("sub", "ada-1"), ("email", SignedInClient.AdminEmail), ("email_verified", true), ("groups", new[] { "everybody" })];
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.Equal(HttpStatusCode.Forbidden, end.StatusCode);
        Assert.Contains("last administrator", await end.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal([(SignedInClient.AdminEmail, PortalRole.Administrator)], await UsersAsync(app));
    }

    [Fact]
    public async Task A_disabled_user_stays_out_whatever_the_provider_says()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        var users = app.Get<UserService>();
        var bob = (await users.AddAsync(new NewUser("bob@example.test", "four words in a row", PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        (await users.DisableAsync(bob.Id, Caller.CommandLine, Cancel)).Require();
        provider.Person = [("sub", "bob-1"), ("email", "bob@example.test"), ("email_verified", true), ("groups", new[] { "integration" })];
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.Equal(HttpStatusCode.Forbidden, end.StatusCode);
        Assert.Contains("disabled", await end.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
    }

    [Fact]
    public async Task Who_refuses_at_the_provider_is_back_at_the_sign_in_page_and_knows_why()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        provider.Person = null;
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.StartsWith("/account/sign-in?", Path(end), StringComparison.Ordinal);
        var page = await http.GetStringAsync(Path(end), Cancel);
        Assert.Contains("You did not let Plant login sign you in.", page, StringComparison.Ordinal);
        Assert.Contains("returnUrl=%2Fsettings%2Fapi-keys", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_named_and_passwords_still_work()
    {
        var settings = await SettingsOfAStoppedProviderAsync();
        await using var app = PortalApp.Start(settings: settings);
        using var admin = await app.SignInAsync();
        using var http = app.Browser();

        using var start = await http.GetAsync(Start, Cancel);

        Assert.Contains("Plant login cannot be reached right now", await http.GetStringAsync(Path(start), Cancel), StringComparison.Ordinal);
        Assert.Contains(SignedInClient.AdminEmail, await admin.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SignedInClient.AdminEmail)]
    [InlineData("bob@example.test")]
    public async Task Whoever_comes_back_from_the_provider_over_an_open_session_ends_it(string email)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(time, provider.Settings);
        (await app.Get<UserService>().AddFirstAsync(SignedInClient.AdminEmail, SignedInClient.AdminPassword, address: null, Cancel)).Require();
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = app.Address };
        using var signedIn = await http.SubmitAsync(
            SignInSession.SignInPath, "sign-in", new() { ["Input.Email"] = SignedInClient.AdminEmail, ["Input.Password"] = SignedInClient.AdminPassword });
        using var former = app.Http();
        former.DefaultRequestHeaders.Add("Cookie", cookies.GetCookieHeader(app.Address));
        Assert.Contains(SignedInClient.AdminEmail, await former.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
        provider.Person = Administrator("somebody-1", email);

        using var end = await TravelAsync(http, Start);
        time.Advance(SignInSession.Revalidation + TimeSpan.FromSeconds(1));

        await AssertSignedOutAsync(former);
        var page = await http.GetStringAsync("/account", Cancel);
        Assert.Contains(email, page, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"SessionId\"", page, StringComparison.Ordinal);
        Assert.Contains("this browser", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_provider_there_is_no_button_and_no_way()
    {
        await using var app = PortalApp.Start();
        using var admin = await app.SignInAsync();
        using var http = app.Browser();

        using var start = await http.GetAsync(Start, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, start.StatusCode);
        Assert.DoesNotContain("single-sign-on", await http.GetStringAsync("/account/sign-in", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authority", "http://login.example.com", "OpenIdConnect:Authority")]
    [InlineData("Authority", "login", "OpenIdConnect:Authority")]
    [InlineData("ClientId", "", "OpenIdConnect:ClientId")]
    [InlineData("Roles:Viewer:0", null, "OpenIdConnect:Roles")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string? value, string named)
    {
        using var verbs = new Verbs();
        var settings = new Dictionary<string, string?> { ["Authority"] = "https://login.example.com", ["ClientId"] = "portal", ["Roles:Viewer:0"] = "everybody" };
        settings[key] = value;

        var outcome = await verbs.RunAsync(
            ["serve", "--urls", "http://127.0.0.1:0", .. settings.Where(s => s.Value is not null).SelectMany(s => (string[])["--OpenIdConnect:" + s.Key, s.Value!])]);

        Assert.NotEqual(0, outcome.Exit);
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_browser_one_click_leads_to_the_provider_and_back_to_where_one_was_going()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        provider.Person = Administrator("ada-1", "ada@example.test");
        await using var browser = await Browser.StartAsync(app.Address);

        await browser.Page.GotoAsync("/settings/api-keys");
        await browser.Page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "Sign in with Plant login" }).ClickAsync();
        await browser.Page.WaitForURLAsync("**/settings/api-keys");

        await Microsoft.Playwright.Assertions.Expect(browser.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "API keys", Level = 1 })).ToBeVisibleAsync();
        Assert.DoesNotContain(browser.Troubles, trouble => !trouble.StartsWith("request to " + provider.Address.Authority, StringComparison.Ordinal));
    }

    internal static (string, object)[] Administrator(string subject, string email)
        => [("sub", subject), ("email", email), ("email_verified", true), ("groups", new[] { "portal-admins" })];

    private static async Task<Dictionary<string, string?>> SettingsOfAStoppedProviderAsync()
    {
        await using var provider = await IdentityProvider.StartAsync();
        return provider.Settings;
    }

    /// <summary>From the portal to the provider and back, as a browser follows the redirects, up to the first answer that leaves single sign-on.</summary>
    internal static async Task<HttpResponseMessage> TravelAsync(HttpClient http, string start)
    {
        using var elsewhere = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var begun = await http.GetAsync(start, Cancel);
        using var allowed = await elsewhere.GetAsync(await NextAsync(begun), Cancel);
        var answer = await http.GetAsync(await NextAsync(allowed), Cancel);
        while (answer.Headers.Location?.OriginalString.Contains("/account/single-sign-on/", StringComparison.Ordinal) == true)
        {
            var next = answer.Headers.Location;
            answer.Dispose();
            answer = await http.GetAsync(next, Cancel);
        }

        return answer;
    }

    private static async Task<Uri> NextAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.Headers.Location is not null, $"{answer.RequestMessage?.RequestUri} leads no further: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}");
        return answer.Headers.Location;
    }

    internal static string Path(HttpResponseMessage answer)
        => answer.Headers.Location is { IsAbsoluteUri: true } address ? address.PathAndQuery : answer.Headers.Location?.OriginalString ?? "";

    internal static async Task AssertSignedOutAsync(HttpClient http)
    {
        using var account = await http.GetAsync("/account", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, account.StatusCode);
    }

    internal static async Task<IEnumerable<(string, PortalRole)>> UsersAsync(PortalApp app)
        => (await app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require().Select(user => (user.Email, user.Role));
}
