using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>How many live pages a person and an address may have, with real browsers and real connections.</summary>
public sealed class CircuitPlacesTests
{
    private const string Email = "admin@example.test";
    private const string Other = "operator@example.test";
    private const string Password = "correct horse battery staple";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_who_has_too_many_pages_open_is_told_so_and_a_closed_one_makes_room()
    {
        await using var app = Start(perUser: 2, perAddress: 100);
        await using var browser = await Browser.StartAsync(app.Address);
        await browser.SignInAsync(Email, Password);
        await LiveAsync(browser.Page);
        var second = await OpenAsync(browser);
        await LiveAsync(second);

        var third = await OpenAsync(browser);
        await Assertions.Expect(TurnedAway(third)).ToBeVisibleAsync();
        await Assertions.Expect(third.GetByText("Something went wrong on this page.")).ToBeHiddenAsync();

        // A page that is only opened anew keeps its place, and a closed one leaves it to the page that was turned away.
        await second.ReloadAsync();
        await LiveAsync(second);
        await second.CloseAsync();
        await third.ReloadAsync();
        await LiveAsync(third);
        await Assertions.Expect(TurnedAway(third)).ToBeHiddenAsync();

        // Somebody else is not concerned.
        (await app.Get<UserService>().AddAsync(new NewUser(Other, Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        await using var another = await Browser.StartAsync(app.Address);
        await another.SignInAsync(Other, Password);
        await LiveAsync(another.Page);
    }

    [Fact]
    public async Task The_forwarded_address_counts_over_all_its_people_and_not_the_proxys()
    {
        await using var app = Start(perUser: 100, perAddress: 1, ("Portal:KnownProxies:0", "127.0.0.1"));
        (await app.Get<UserService>().AddAsync(new NewUser(Other, Password, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        await using var first = await StartBehindProxyAsync(app, "203.0.113.7");
        await using var sameAddress = await StartBehindProxyAsync(app, "203.0.113.7");
        await using var elsewhere = await StartBehindProxyAsync(app, "203.0.113.8");

        await first.SignInAsync(Email, Password);
        await LiveAsync(first.Page);
        await sameAddress.SignInAsync(Other, Password);
        await Assertions.Expect(TurnedAway(sameAddress.Page)).ToBeVisibleAsync();
        await elsewhere.SignInAsync(Other, Password);
        await LiveAsync(elsewhere.Page);
    }

    [Fact]
    public async Task The_addresses_of_one_IPv6_network_share_their_places()
    {
        await using var places = new CircuitPlaces(Options.Create(new PortalOptions { Circuits = { PerUser = 5, PerAddress = 1 } }));

        using var first = await places.TakeAsync("a", IPAddress.Parse("2001:db8::1"));
        using var sameNetwork = await places.TakeAsync("b", IPAddress.Parse("2001:db8::2"));
        using var otherNetwork = await places.TakeAsync("b", IPAddress.Parse("2001:db8:0:1::2"));

        Assert.Equal((true, false, true), (first is not null, sameNetwork is not null, otherNetwork is not null));
    }

    [Fact]
    public async Task A_page_that_is_loaded_anew_gets_the_place_of_its_former_self_as_soon_as_that_is_closed()
    {
        await using var places = new CircuitPlaces(Options.Create(new PortalOptions { Circuits = { PerUser = 1, PerAddress = 1 } }));
        var former = await places.TakeAsync("a", IPAddress.Loopback);

        var waiting = places.TakeAsync("a", IPAddress.Loopback);
        Assert.False(waiting.IsCompleted);
        former!.Dispose();

        using var anew = await waiting;
        Assert.NotNull(anew);
    }

    [Theory]
    [InlineData(0, 100, "Portal:Circuits:PerUser")]
    [InlineData(20, 10_001, "Portal:Circuits:PerAddress")]
    public void A_number_that_cannot_be_meant_is_refused_by_name(int perUser, int perAddress, string key)
    {
        var result = new ValidatePortalOptions().Validate(null, new PortalOptions { Circuits = { PerUser = perUser, PerAddress = perAddress } });

        Assert.Contains(key, Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    private static PortalApp Start(int perUser, int perAddress, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Portal:Setup:AdminEmail"] = Email,
            ["Portal:Setup:AdminPassword"] = Password,
            ["Portal:Circuits:PerUser"] = $"{perUser}",
            ["Portal:Circuits:PerAddress"] = $"{perAddress}",
        };
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        return PortalApp.Start(settings: settings);
    }

    private static async Task<Browser> StartBehindProxyAsync(PortalApp app, string address)
    {
        var browser = await Browser.StartAsync(app.Address);
        await browser.Page.Context.SetExtraHTTPHeadersAsync([new("X-Forwarded-For", address)]);
        return browser;
    }

    private static async Task<IPage> OpenAsync(Browser browser)
    {
        var page = await browser.Page.Context.NewPageAsync();
        await page.GotoAsync("/settings/api-keys");
        return page;
    }

    private static ILocator TurnedAway(IPage page) => page.GetByText("Too many pages of the portal are open");

    private static Task<IJSHandle> LiveAsync(IPage page) => page.WaitForFunctionAsync("() => document.documentElement.dataset.circuit === 'ready'");
}
