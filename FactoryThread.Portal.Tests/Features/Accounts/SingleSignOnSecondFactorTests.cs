using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>A role that has to sign in with a second factor, which the provider may have asked for (<c>amr</c>, RFC 8176).</summary>
public sealed class SingleSignOnSecondFactorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mfa")]
    [InlineData("pwd", "otp", "mfa")]
    public async Task Whoever_had_to_prove_more_than_a_password_there_goes_on(params string[] methods)
    {
        using var page = await OpenAfterSigningInAsync(methods);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData]
    [InlineData("pwd")]
    public async Task Others_are_led_to_setting_one_up(params string[] methods)
    {
        using var page = await OpenAfterSigningInAsync(methods);

        Assert.Equal((HttpStatusCode.Redirect, "/account/authenticator"), (page.StatusCode, page.Headers.Location?.OriginalString));
    }

    /// <summary>What an administrator gets for a page after the provider has signed them in, when administrators need a second factor.</summary>
    private static async Task<HttpResponseMessage> OpenAfterSigningInAsync(params string[] methods)
    {
        await using var provider = await IdentityProvider.StartAsync();
        await using var app = PortalApp.Start(settings: provider.Settings);
        await app.RequireSecondFactorAsync(PortalRole.Administrator);
        provider.Person = [.. SingleSignOnTests.Administrator("ada-1", "ada@example.test"), ("amr", methods)];
        using var http = app.Browser();
        using var end = await SingleSignOnTests.TravelAsync(http, SingleSignOnTests.Start);
        Assert.Equal(HttpStatusCode.Redirect, end.StatusCode);

        return await http.GetAsync("/settings/api-keys", Cancel);
    }
}
