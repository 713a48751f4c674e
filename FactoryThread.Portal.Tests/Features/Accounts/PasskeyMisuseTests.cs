using System.Net;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.Accounts.Passkeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>What passkeys are not to be used for.</summary>
public sealed class PasskeyMisuseTests
{
    private const string Eve = "eve@example.test";

    /// <summary>Makes a passkey as passkeys.js does, and gives away what the form would send.</summary>
    private const string Make = """
        async () => {
          const token = document.querySelector("input[name=__RequestVerificationToken]").value;
          const asked = await fetch("/account/passkeys/creation-options", { method: "POST", body: new URLSearchParams({ __RequestVerificationToken: token }) });
          const options = PublicKeyCredential.parseCreationOptionsFromJSON(await asked.json());
          return JSON.stringify((await navigator.credentials.create({ publicKey: options })).toJSON());
        }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_was_made_for_somebody_else_is_not_added()
    {
        await using var app = PasskeyTests.Start();
        (await app.Get<UserService>().AddAsync(new NewUser(Eve, PasskeyTests.Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        await using var browser = await PasskeyTests.StartAsync(app);
        await browser.SignInAsync(PasskeyTests.Email, PasskeyTests.Password, "/account/passkeys");
        await browser.Page.GetByLabel("Name of the new passkey").WaitForAsync();
        var credential = await browser.Page.EvaluateAsync<string>(Make);
        var challenge = (await browser.Page.Context.CookiesAsync()).Where(cookie => cookie.Name.StartsWith("FactoryThread.Half", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(challenge);

        var toEve = await AddAsync(app, Eve, credential, challenge);
        var toWhomItBelongs = await AddAsync(app, PasskeyTests.Email, credential, challenge);

        Assert.Contains("was not accepted", toEve, StringComparison.Ordinal);
        Assert.Contains("can be used to sign in", toWhomItBelongs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task None_opens_an_account_that_is_locked()
    {
        await using var app = PasskeyTests.Start();
        await using var browser = await PasskeyTests.StartAsync(app);
        var page = browser.Page;
        await browser.SignInAsync(PasskeyTests.Email, PasskeyTests.Password, "/account/passkeys");
        await PasskeyTests.AddAsync(page, "Phone");
        await Assertions.Expect(page.GetByText("“Phone” can be used")).ToBeVisibleAsync();
        await PasskeyTests.SignOutAsync(page);
        using var guesser = app.Browser();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var wrong = await SignInAsync(guesser, PasskeyTests.Email, "not the password");
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();

        await Assertions.Expect(page.GetByText("Too many failed attempts for this account")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task How_often_it_has_signed_is_kept_so_that_a_copy_betrays_itself()
    {
        await using var app = PasskeyTests.Start();
        await using var browser = await PasskeyTests.StartAsync(app);
        var page = browser.Page;
        await browser.SignInAsync(PasskeyTests.Email, PasskeyTests.Password, "/account/passkeys");
        await PasskeyTests.AddAsync(page, "Phone");
        await Assertions.Expect(page.GetByText("“Phone” can be used")).ToBeVisibleAsync();
        var made = await SignaturesAsync(app);
        await PasskeyTests.SignOutAsync(page);

        await page.GotoAsync("/account/sign-in?returnUrl=%2Faccount%2Fpasskeys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await page.WaitForURLAsync("**/account/passkeys");

        Assert.True(await SignaturesAsync(app) > made);
    }

    [Fact]
    public async Task A_person_has_up_to_twenty_and_none_of_a_device_that_did_not_check_who_uses_it()
    {
        await using var app = PortalApp.Start();
        var passkeys = app.Get<PasskeyService>();
        var ada = Caller.CommandLine with { UserId = (await app.UserAsync()).Id, ProvedLately = true };

        Assert.Equal("passkey", (await passkeys.AddAsync(Passkey(0, isUserVerified: false), "Found on the floor", ada, Cancel)).Failure?.Field);
        for (byte number = 1; number <= 20; number++)
        {
            (await passkeys.AddAsync(Passkey(number), $"Device {number}", ada, Cancel)).Require();
        }

        Assert.Equal(FailureKind.Conflict, (await passkeys.AddAsync(Passkey(21), "One too many", ada, Cancel)).Failure?.Kind);
        Assert.Equal(20, (await passkeys.ListAsync(ada, Cancel)).Require().Count);
    }

    [Theory]
    [InlineData("https://portal.example.test", false, true)]
    [InlineData("https://portal.example.test", true, false)]
    [InlineData("https://elsewhere.example.test", false, false)]
    [InlineData("http://portal.example.test", false, false)]
    [InlineData("null", false, false)]
    public async Task Only_a_page_of_the_portal_itself_may_use_one_and_none_within_another_site(string origin, bool crossOrigin, bool accepted)
    {
        var options = new IdentityPasskeyOptions();
        PasskeyCeremony.Configure(options);
        var context = new DefaultHttpContext { Request = { Scheme = "https", Host = new HostString("portal.example.test") } };

        Assert.Equal(accepted, await options.ValidateOrigin!(new PasskeyOriginValidationContext { HttpContext = context, Origin = origin, CrossOrigin = crossOrigin }));
    }

    private static UserPasskeyInfo Passkey(byte number, bool isUserVerified = true)
        => new([number], [4, 5, 6], DateTimeOffset.UtcNow, 0, [], isUserVerified, isBackupEligible: false, isBackedUp: false, [], []);

    private static Task<HttpResponseMessage> SignInAsync(HttpClient http, string email, string password)
        => http.SubmitAsync("/account/sign-in", "sign-in", new() { ["Input.Email"] = email, ["Input.Password"] = password });

    /// <summary>The page after somebody has sent a passkey, with the challenge it answers.</summary>
    private static async Task<string> AddAsync(PortalApp app, string email, string credential, IEnumerable<BrowserContextCookiesResult> challenge)
    {
        var address = new UriBuilder(app.Address) { Host = "localhost" }.Uri;
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = address };
        using var signedIn = await SignInAsync(http, email, PasskeyTests.Password);
        foreach (var cookie in challenge)
        {
            cookies.Add(address, new System.Net.Cookie(cookie.Name, cookie.Value, "/"));
        }

        using var answer = await http.SubmitAsync("/account/passkeys", "add-passkey", new() { ["Name"] = "Laptop", ["Credential"] = credential });
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private static async Task<uint> SignaturesAsync(PortalApp app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        return Assert.Single(await users.GetPasskeysAsync((await users.FindByEmailAsync(PasskeyTests.Email))!)).SignCount;
    }
}
