using System.Net;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.SecondFactor;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>The authenticator app, with codes computed as an app does (RFC 6238).</summary>
public sealed partial class SecondFactorTests : IAsyncLifetime
{
    private PortalApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _app = PortalApp.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task With_an_app_set_up_the_password_alone_opens_nothing_and_the_code_does()
    {
        using var admin = await _app.SignInAsync();
        var (key, codes) = await TurnOnAsync(admin);
        Assert.Equal(10, codes.Count);
        Assert.Contains("Second factor", await admin.GetStringAsync("/account", Cancel), StringComparison.Ordinal);

        using var http = _app.Browser();
        using var half = await PasswordAsync(http, "/settings/users");
        Assert.Equal("/account/code?returnUrl=%2Fsettings%2Fusers", half.Headers.Location?.PathAndQuery);
        await AssertSignedOutAsync(http);

        using var whole = await EnterAsync(http, AuthenticatorApp.Code(key, steps: 1), "/settings/users");
        Assert.Equal((HttpStatusCode.Redirect, "/settings/users"), (whole.StatusCode, whole.Headers.Location?.PathAndQuery));
        Assert.Contains(SignedInClient.AdminEmail, await http.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turning_it_on_ends_the_sessions_that_began_without_it()
    {
        using var other = await _app.SignInAsync();
        using var admin = await _app.SignInAsync();
        Assert.Contains("name=\"SessionId\"", await admin.GetStringAsync("/account", Cancel), StringComparison.Ordinal);

        await TurnOnAsync(admin);

        Assert.DoesNotContain("name=\"SessionId\"", await admin.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_is_accepted_once()
    {
        using var admin = await _app.SignInAsync();
        var (key, _) = await TurnOnAsync(admin);
        var code = AuthenticatorApp.Code(key, steps: 1);
        using var first = _app.Browser();
        using (await PasswordAsync(first))
        using (var entered = await EnterAsync(first, code))
        {
            Assert.Equal(HttpStatusCode.Redirect, entered.StatusCode);
        }

        using var second = _app.Browser();
        using (await PasswordAsync(second))
        using (var again = await EnterAsync(second, code))
        {
            Assert.Contains("was used before", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        await AssertSignedOutAsync(second);
    }

    [Fact]
    public async Task It_is_not_accepted_again_as_long_as_it_would_be_right()
    {
        var clock = new SettableClock();
        await using var app = PortalApp.Start(clock);
        using var admin = await app.SignInAsync();
        var (key, _) = await TurnOnAsync(admin);
        var code = AuthenticatorApp.Code(key, steps: 1);
        using var first = app.Browser();
        using (await PasswordAsync(first))
        using (var entered = await EnterAsync(first, code))
        {
            Assert.Equal(HttpStatusCode.Redirect, entered.StatusCode);
        }

        // On the portal's clock, by which it keeps the used ones; Identity judges by the system's whether it is right.
        clock.Pass(TimeSpan.FromSeconds(45));
        using var second = app.Browser();
        using (await PasswordAsync(second))
        using (var again = await EnterAsync(second, code))
        {
            Assert.Contains("was used before", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        await AssertSignedOutAsync(second);
    }

    [Fact]
    public async Task Of_sign_ins_with_one_code_at_the_same_time_one_gets_in()
    {
        using var admin = await _app.SignInAsync();
        var (key, _) = await TurnOnAsync(admin);
        var code = AuthenticatorApp.Code(key, steps: 1);
        var browsers = Enumerable.Range(0, 4).Select(_ => _app.Browser()).ToList();
        foreach (var browser in browsers)
        {
            using var half = await PasswordAsync(browser);
        }

        var entered = await Task.WhenAll(browsers.Select(browser => EnterAsync(browser, code)));

        Assert.Single(entered, answer => answer.StatusCode == HttpStatusCode.Redirect);
        browsers.ForEach(browser => browser.Dispose());
        Array.ForEach(entered, answer => answer.Dispose());
    }

    [Fact]
    public async Task Five_wrong_codes_lock_the_account_and_the_right_password_does_not_reset_the_count()
    {
        using var admin = await _app.SignInAsync();
        var (key, _) = await TurnOnAsync(admin);
        using var http = _app.Browser();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var half = await PasswordAsync(http);
            using var wrong = await EnterAsync(http, "000000");
            Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
        }

        using var right = await EnterAsync(http, AuthenticatorApp.Code(key, steps: 1));

        Assert.Contains("Too many failed attempts", await right.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
        Assert.Contains("user.locked_out", (await _app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task The_right_code_sets_the_count_of_wrong_ones_back()
    {
        using var admin = await _app.SignInAsync();
        var (key, _) = await TurnOnAsync(admin);
        foreach (var step in new[] { 1, 2 })
        {
            using var http = _app.Browser();
            using var half = await PasswordAsync(http);
            for (var attempt = 0; attempt < 4; attempt++)
            {
                using var wrong = await EnterAsync(http, "000000");
                Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
            }

            using var right = await EnterAsync(http, AuthenticatorApp.Code(key, step));
            Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        }
    }

    [Fact]
    public async Task A_code_without_a_password_before_it_opens_nothing()
    {
        using var admin = await _app.SignInAsync();
        var (key, _) = await TurnOnAsync(admin);
        using var http = _app.Browser();

        using var entered = await EnterAsync(http, AuthenticatorApp.Code(key, steps: 1));

        Assert.Contains("Begin again with your password", await entered.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
    }

    [Fact]
    public async Task A_wrong_code_turns_nothing_on_and_the_key_stays_the_same()
    {
        using var admin = await _app.SignInAsync();
        var key = await KeyAsync(admin);

        using var refused = await admin.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = "000000" });

        Assert.Contains("This code is not right", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(key, await KeyAsync(admin));
        using var http = await _app.SignInAsync();
    }

    [Fact]
    public async Task Turned_off_it_is_asked_for_no_more_and_the_old_recovery_codes_are_void()
    {
        using var admin = await _app.SignInAsync();
        var (key, codes) = await TurnOnAsync(admin);

        using var off = await admin.SubmitAsync("/account/authenticator", "authenticator-change", new() { ["Code"] = codes[0], ["Change"] = "off" });

        Assert.Equal(HttpStatusCode.Redirect, off.StatusCode);
        Assert.Contains("Set up an authenticator app", await admin.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
        using var http = await _app.SignInAsync();
        Assert.NotEqual(key, await KeyAsync(http));
    }

    [Fact]
    public async Task An_administrator_can_take_it_from_somebody_who_lost_it_and_others_cannot()
    {
        using var admin = await _app.SignInAsync();
        await TurnOnAsync(admin);
        var service = _app.Get<SecondFactorService>();
        var users = (await _app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require();
        var somebody = Assert.Single(users);
        Assert.True(somebody.SecondFactor);

        foreach (var role in new[] { PortalRole.Operator, PortalRole.Viewer })
        {
            Assert.NotNull((await service.ResetAsync(somebody.Id, Caller.CommandLine with { Role = role }, Cancel)).Failure);
        }

        Assert.True((await service.ResetAsync(somebody.Id, Caller.CommandLine, Cancel)).Require());

        using var http = await _app.SignInAsync();
        Assert.Contains("user.second_factor_reset", (await _app.UserAuditAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task The_pages_with_secrets_are_not_kept_by_the_browser()
    {
        using var admin = await _app.SignInAsync();

        using var page = await admin.GetAsync("/account/authenticator", Cancel);
        var key = KeyOn(await page.Content.ReadAsStringAsync(Cancel));
        using var codes = await admin.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 0) });

        Assert.True(page.Headers.CacheControl?.NoStore);
        Assert.Equal(10, Codes(await codes.Content.ReadAsStringAsync(Cancel)).Count);
        Assert.True(codes.Headers.CacheControl?.NoStore);
    }

    internal static Task<HttpResponseMessage> PasswordAsync(HttpClient http, string wanted = "/")
        => http.SubmitAsync($"/account/sign-in?returnUrl={Uri.EscapeDataString(wanted)}", "sign-in", new() { ["Input.Email"] = SignedInClient.AdminEmail, ["Input.Password"] = SignedInClient.AdminPassword });

    internal static Task<HttpResponseMessage> EnterAsync(HttpClient http, string code, string wanted = "/")
        => http.SubmitAsync($"/account/code?returnUrl={Uri.EscapeDataString(wanted)}", "enter-code", new() { ["Input.Code"] = code });

    /// <summary>The secret for the app, as the page shows it.</summary>
    internal static string KeyOn(string html) => Key().Match(html).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);

    private static async Task<string> KeyAsync(HttpClient http)
        => KeyOn(await http.GetStringAsync("/account/authenticator", Cancel));

    internal static List<string> Codes(string html) => [.. Recovery().Matches(html).Select(match => match.Groups[1].Value)];

    internal static async Task<(string Key, List<string> Codes)> TurnOnAsync(HttpClient http)
    {
        var key = await KeyAsync(http);
        using var on = await http.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 0) });
        return (key, Codes(await on.Content.ReadAsStringAsync(Cancel)));
    }

    private static async Task AssertSignedOutAsync(HttpClient http)
    {
        using var account = await http.GetAsync("/account", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, account.StatusCode);
    }

    [GeneratedRegex("<code class=\"key\"[^>]*>([a-z2-7 ]+)</code>", RegexOptions.None, 1000)]
    private static partial Regex Key();

    [GeneratedRegex("<li[^>]*><code[^>]*>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", RegexOptions.None, 1000)]
    private static partial Regex Recovery();
}
