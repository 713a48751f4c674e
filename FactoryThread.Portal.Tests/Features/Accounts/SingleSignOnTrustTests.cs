using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.IdentityModel.Tokens;
using static FactoryThread.Portal.Tests.Features.Accounts.SingleSignOnTests;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>Whose word counts at single sign-on: the configured issuer's, signed in a way that is allowed, in the round trip that this browser began.</summary>
public sealed class SingleSignOnTrustTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_provider_that_names_another_issuer_than_the_configured_one_opens_nothing()
    {
        await using var provider = await IdentityProvider.StartAsync();
        var settings = provider.Settings;
        settings["OpenIdConnect:Issuer"] = "https://login.example.com";
        await using var app = PortalApp.Start(settings: settings);
        provider.Person = Administrator("ada-1", "ada@example.test");
        using var http = app.Browser();

        using var answer = await http.GetAsync(Start, Cancel);

        Assert.Equal("/account/sign-in?returnUrl=%2Fsettings%2Fapi-keys%3Fstatus%3Dactive&problem=failed", Path(answer));
        Assert.Contains("Plant login could not sign you in. The portal's log says why.", WebUtility.HtmlDecode(await http.GetStringAsync(Path(answer), Cancel)), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task The_configured_issuer_is_the_providers_whether_or_not_a_slash_ends_it(string slash)
    {
        await using var provider = await IdentityProvider.StartAsync();
        var settings = provider.Settings;
        settings["OpenIdConnect:Issuer"] = provider.Address.ToString().TrimEnd('/') + slash;
        await using var app = PortalApp.Start(settings: settings);
        provider.Person = Administrator("ada-1", "ada@example.test");
        using var http = app.Browser();

        using var answer = await http.GetAsync(Start, Cancel);

        Assert.DoesNotContain("problem", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Contains("/authorize?", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>RS256 under its XML name, which is not in the list; and HS256 with the secret that both ends know.</summary>
    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256Signature)]
    [InlineData(SecurityAlgorithms.HmacSha256)]
    public async Task A_token_that_is_signed_in_a_way_that_is_not_allowed_signs_nobody_in(string algorithm)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        provider.Person = Administrator("ada-1", "ada@example.test");
        provider.Algorithm = algorithm;
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.StartsWith("/account/sign-in?", Path(end), StringComparison.Ordinal);
        var page = await http.GetStringAsync(Path(end), Cancel);
        Assert.Contains("Plant login could not sign you in. The portal's log says why.", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
        Assert.Equal([(SignedInClient.AdminEmail, PortalRole.Administrator)], await UsersAsync(app));
    }

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    public async Task A_token_that_is_signed_in_an_allowed_way_signs_its_person_in(string algorithm)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        provider.Person = Administrator("ada-1", "ada@example.test");
        provider.Algorithm = algorithm;
        using var http = app.Browser();

        using var end = await TravelAsync(http, Start);

        Assert.Equal("/settings/api-keys?status=active", Path(end));
        Assert.Contains("ada@example.test", await http.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?code=made-up&state=made-up")]
    [InlineData("?error=server_error")]
    [InlineData("")]
    public async Task A_callback_that_nobody_asked_for_signs_nobody_in(string query)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        using var http = app.Browser();

        using var answer = await http.GetAsync("/account/single-sign-on/callback" + query, Cancel);

        Assert.StartsWith("/account/sign-in?", Path(answer), StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", await http.GetStringAsync(Path(answer), Cancel), StringComparison.Ordinal);
        await AssertSignedOutAsync(http);
    }

    [Fact]
    public async Task A_code_of_another_browsers_round_trip_signs_nobody_in()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        provider.Person = Administrator("ada-1", "ada@example.test");
        using var hers = app.Browser();
        using var begun = await hers.GetAsync(Start, Cancel);
        using var strangers = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var allowed = await strangers.GetAsync(begun.Headers.Location, Cancel);
        using var victim = app.Browser();

        using var answer = await victim.GetAsync(allowed.Headers.Location, Cancel);

        Assert.StartsWith("/account/sign-in?", Path(answer), StringComparison.Ordinal);
        await AssertSignedOutAsync(victim);
    }

    [Theory]
    [InlineData("cross-site", false)]
    [InlineData("same-site", false)]
    [InlineData("same-origin", true)]
    [InlineData("none", true)]
    public async Task A_link_of_another_site_leads_to_the_sign_in_page_and_not_to_the_provider(string from, bool begins)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        using var admin = await app.SignInAsync();
        using var http = app.Browser();
        http.DefaultRequestHeaders.Add("Sec-Fetch-Site", from);

        using var answer = await http.GetAsync(Start, Cancel);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(begins, answer.Headers.Location!.OriginalString.StartsWith(provider.Address.AbsoluteUri, StringComparison.Ordinal));
        Assert.Equal(begins, answer.Headers.Contains("Set-Cookie"));
        if (!begins)
        {
            Assert.Equal("/account/sign-in?returnUrl=%2Fsettings%2Fapi-keys%3Fstatus%3Dactive", Path(answer));
        }
    }

    [Fact]
    public async Task Another_site_is_no_place_to_return_to()
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        provider.Person = Administrator("ada-1", "ada@example.test");
        using var http = app.Browser();

        using var end = await TravelAsync(http, "/account/single-sign-on?returnUrl=https%3A%2F%2Fevil.example");

        Assert.Equal("/", Path(end));
    }
}
