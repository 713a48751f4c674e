using System.Net;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Alerts.Delivery;
using FactoryThread.Portal.Tests.Features.Flows;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed partial class PasswordResetTests
{
    private const string Ada = "ada@example.test";
    private const string Forgotten = "the one nobody remembers";
    private const string Wanted = "quite another set of words";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_link_sets_a_password_once_and_ends_sessions_and_a_lockout()
    {
        var clock = new SettableClock();
        await using var app = PortalApp.Start(clock);
        var link = await LinkAsync(app);
        using var before = await app.SignInAsync(Ada, Forgotten);
        await LockOutAsync(app);
        using var http = app.Browser();

        using var changed = await ChooseAsync(http, link.Path);
        using var again = await http.GetAsync(link.Path, Cancel);
        clock.Pass(SignInSession.Revalidation + TimeSpan.FromSeconds(1));
        using var ended = await before.GetAsync("/account", Cancel);
        using var signedIn = await app.SignInAsync(Ada, Wanted);

        Assert.Contains("Your password is changed", await changed.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
        var actions = (await app.UserAuditAsync()).Select(e => e.Action).ToList();
        Assert.Equal(["user.password_link_created", "user.signed_in"], actions[2..4]);
        Assert.Equal(["user.password_reset", "user.signed_in"], actions[^2..]);
    }

    [Fact]
    public async Task A_second_factor_is_still_asked_for()
    {
        await using var app = PortalApp.Start();
        var link = await LinkAsync(app);
        await using (var db = await app.Contexts.CreateDbContextAsync(Cancel))
        {
            await db.Users.ExecuteUpdateAsync(set => set.SetProperty(u => u.TwoFactorEnabled, true), Cancel);
        }

        using var http = app.Browser();
        using var changed = await ChooseAsync(http, link.Path);
        using var account = await http.GetAsync("/account", Cancel);
        using var half = await http.SubmitAsync(SignInSession.SignInPath, "sign-in", new() { ["Input.Email"] = Ada, ["Input.Password"] = Wanted });
        await LockOutAsync(app);
        using var other = app.Browser();
        using (await ChooseAsync(other, (await app.Get<PasswordResetService>().CreateAsync((await app.Get<UserService>().FindIdAsync(Ada))!, Caller.CommandLine, Cancel)).Require().Path))
        {
        }

        using var locked = await other.SubmitAsync(SignInSession.SignInPath, "sign-in", new() { ["Input.Email"] = Ada, ["Input.Password"] = Wanted });

        Assert.Equal(HttpStatusCode.Redirect, account.StatusCode);
        Assert.StartsWith("/account/code", half.Headers.Location?.PathAndQuery, StringComparison.Ordinal);
        Assert.Contains("Too many failed attempts", await locked.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("short", "short", "at least 12 characters")]
    [InlineData("", "", "Enter a password")]
    [InlineData(Wanted, "something else entirely", "The two passwords differ")]
    public async Task A_password_that_is_refused_leaves_the_link_usable(string password, string repeated, string said)
    {
        await using var app = PortalApp.Start();
        var link = await LinkAsync(app);
        using var http = app.Browser();

        using var refused = await ChooseAsync(http, link.Path, password, repeated);
        using var changed = await ChooseAsync(http, link.Path);

        Assert.Contains(said, await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Contains("Your password is changed", await changed.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_ends_when_the_account_changes_and_no_other_link_opens_anything()
    {
        await using var app = PortalApp.Start();
        var demoted = await LinkAsync(app, "demoted@example.test");
        await app.RoleAsync((await app.Get<UserService>().FindIdAsync(demoted.Email))!, PortalRole.Viewer);
        var disabled = await LinkAsync(app, "disabled@example.test");
        var id = (await app.Get<UserService>().FindIdAsync(disabled.Email))!;
        await app.Get<UserService>().DisableAsync(id, Caller.CommandLine, Cancel);
        var good = await LinkAsync(app);
        var swapped = good.Path.Replace((await app.Get<UserService>().FindIdAsync(Ada))!, id, StringComparison.Ordinal);
        using var http = app.Http();

        Assert.Equal(FailureKind.Conflict, (await app.Get<PasswordResetService>().CreateAsync(id, Caller.CommandLine, Cancel)).Failure?.Kind);
        await app.Get<UserService>().EnableAsync(id, Caller.CommandLine, Cancel);
        foreach (var path in new[] { demoted.Path, disabled.Path, swapped, good.Path[..^4], $"{good.Path}%00", $"{PasswordResetService.Path}?user={id}&token=", PasswordResetService.Path, $"{PasswordResetService.Path}?user=x&token=%F0%9F" })
        {
            using var answer = await http.GetAsync(path, Cancel);
            Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
            var page = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(page.Contains("This link is not valid", StringComparison.Ordinal), $"{path}: {page}");
        }

        using var opened = await http.GetAsync(good.Path, Cancel);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        Assert.DoesNotContain(good.Path, good.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_signs_in_at_the_provider_gets_no_password_beside_it()
    {
        await using var app = PortalApp.Start(settings: new()
        {
            ["OpenIdConnect:Authority"] = "https://login.example.test",
            ["OpenIdConnect:ClientId"] = "portal",
            ["OpenIdConnect:Name"] = "Plant login",
            ["OpenIdConnect:DefaultRole"] = "Viewer",
        });
        var person = await app.UserAsync("by-provider-only@example.test");

        var refused = await app.Get<PasswordResetService>().CreateAsync(person.Id, Caller.CommandLine, Cancel);

        Assert.Equal("by-provider-only@example.test has no password here: they sign in with Plant login.", refused.Failure?.Message);
    }

    [Fact]
    public async Task A_link_works_for_a_day()
    {
        await using var app = PortalApp.Start();
        await using var later = PortalApp.Start(services: s => s.PostConfigure<DataProtectionTokenProviderOptions>(o => o.TokenLifespan -= TimeSpan.FromDays(1)));
        using var http = later.Http();

        using var late = await http.GetAsync((await LinkAsync(later)).Path, Cancel);

        Assert.Equal(HttpStatusCode.Gone, late.StatusCode);
        using var inTime = await app.Browser().GetAsync((await LinkAsync(app)).Path, Cancel);
        Assert.Equal(HttpStatusCode.OK, inTime.StatusCode);
    }

    [Fact]
    public async Task Somebody_who_forgot_it_gets_a_mail_whose_link_leads_to_the_configured_address()
    {
        await using var server = await SmtpProcess.StartAsync();
        await using var app = PortalApp.Start(settings: Mail(server.Port));
        await LinkAsync(app);
        await app.UserAsync("by-provider-only@example.test");
        using var http = app.Browser();
        http.DefaultRequestHeaders.Host = "evil.example.net";

        // Worked on in this order, so that the first mail is the first there is.
        var unknown = await AskAsync(http, "nobody@example.test");
        var passwordless = await AskAsync(http, "by-provider-only@example.test");
        var known = await AskAsync(http, "ADA@example.test");
        var mail = Decoded(await server.Mail);

        Assert.Equal(unknown, known);
        Assert.Equal(unknown, passwordless);
        Assert.Contains("a mail with a link is on its way", known, StringComparison.Ordinal);
        Assert.Contains("To: ada@example.test", mail, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example.net", mail, StringComparison.Ordinal);
        var link = Link().Match(mail).Groups[1].Value;
        using var browser = app.Browser();
        using var changed = await ChooseAsync(browser, link);
        using var signedIn = await app.SignInAsync(Ada, Wanted);
        Assert.Equal("user.password_link_mailed", (await app.UserAuditAsync())[^3].Action);
    }

    [Fact]
    public async Task Nobody_is_flooded_with_mail_and_a_server_that_refuses_costs_the_next_one_nothing()
    {
        await using var server = new SmtpServer();
        await using var app = PortalApp.Start(settings: Mail(server.Port));
        await LinkAsync(app);
        await LinkAsync(app, "bob@example.test");
        using var http = app.Browser();
        server.Refusals["RCPT TO:<bob@"] = "550 no such user";

        await AskAsync(http, "bob@example.test");
        for (var i = 0; i < PasswordResetMails.MostPerHour + 2; i++)
        {
            await AskAsync(http, Ada);
        }

        await GatewayRig.UntilAsync(() => Task.FromResult(server.Commands.Any(c => c.Contains("bob@", StringComparison.Ordinal))));
        server.Refusals.Clear();
        await AskAsync(http, "bob@example.test");

        await GatewayRig.UntilAsync(() => Task.FromResult(server.Mails.Any(m => m.Contains("To: bob@", StringComparison.Ordinal))));
        Assert.Equal(PasswordResetMails.MostPerHour, server.Mails.Count(m => m.Contains("To: ada@", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_asks_for_many_addresses_is_slowed()
    {
        await using var server = new SmtpServer();
        await using var app = PortalApp.Start(new SettableClock(), Mail(server.Port));
        using var http = app.Browser();

        for (var i = 0; i < SignInThrottle.FailuresPerMinute; i++)
        {
            await AskAsync(http, $"guess-{i}@example.test");
        }

        Assert.Contains("Too many attempts", await AskAsync(http, Ada), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_mail_the_page_says_who_can_help()
    {
        await using var app = PortalApp.Start();
        using var http = app.Http();

        var page = await http.GetStringAsync("/account/forgotten", Cancel);

        Assert.Contains("Ask an administrator", page, StringComparison.Ordinal);
        Assert.Contains("users password-link", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/account/forgotten\"", await http.GetStringAsync(SignInSession.SignInPath, Cancel), StringComparison.Ordinal);
    }

    private static async Task<PasswordLink> LinkAsync(PortalApp app, string email = Ada)
    {
        var users = app.Get<UserService>();
        if (!await users.AnyAsync(Cancel))
        {
            (await users.AddFirstAsync(SignedInClient.AdminEmail, SignedInClient.AdminPassword, address: null, Cancel)).Require();
        }

        var user = (await users.AddAsync(new NewUser(email, Forgotten, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        return (await app.Get<PasswordResetService>().CreateAsync(user.Id, Caller.CommandLine, Cancel)).Require();
    }

    private static async Task LockOutAsync(PortalApp app)
    {
        using var http = app.Browser();
        var said = "";
        for (var i = 0; i < 5; i++)
        {
            using var wrong = await http.SubmitAsync(SignInSession.SignInPath, "sign-in", new() { ["Input.Email"] = Ada, ["Input.Password"] = "wrong" });
            said = await wrong.Content.ReadAsStringAsync(Cancel);
        }

        Assert.Contains("Too many failed attempts for this account", said, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> ChooseAsync(HttpClient http, string link, string password = Wanted, string? repeated = null)
        => http.SubmitAsync(link, "new-password", new() { ["Input.Password"] = password, ["Input.Repeat"] = repeated ?? password });

    /// <summary>What the page answers, but for what differs between any two answers.</summary>
    private static async Task<string> AskAsync(HttpClient http, string email)
    {
        using var answer = await http.SubmitAsync("/account/forgotten", "forgotten", new() { ["Input.Email"] = email });
        return Between().Match(await answer.Content.ReadAsStringAsync(Cancel)).Value;
    }

    private static Dictionary<string, string?> Mail(int port) => new()
    {
        ["Portal:PublicAddress"] = "https://portal.example.test/",
        ["Alerts:Smtp:Host"] = "127.0.0.1",
        ["Alerts:Smtp:Port"] = $"{port}",
        ["Alerts:Smtp:From"] = "portal@example.test",
        ["Alerts:Smtp:Security"] = "None",
    };

    /// <summary>Quoted-printable (RFC 2045, 6.7) as far as a link has it.</summary>
    private static string Decoded(string mail) => mail.Replace("=\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);

    [GeneratedRegex("https://portal\\.example\\.test(/account/new-password\\?\\S+)", RegexOptions.None, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("<h1.*</main>", RegexOptions.Singleline, 1000)]
    private static partial Regex Between();
}
