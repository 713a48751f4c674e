using System.Net;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Accounts;

public sealed class SetUpTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_link_makes_the_first_administrator_and_signs_them_in()
    {
        await using var app = PortalApp.Start();
        using var http = app.Browser();

        using var answer = await http.SubmitAsync(LinkOf(app), "set-up", Form());
        using var account = await http.GetAsync("/account", Cancel);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, account.StatusCode);
        var user = Assert.Single((await app.Get<UserService>().ListAsync(Caller.CommandLine, Cancel)).Require());
        Assert.True(user.IsAdministrator);
        Assert.Equal(["user.created", "user.signed_in"], (await app.UserAuditAsync()).Select(e => e.Action));
        Assert.All(await app.UserAuditAsync(), e => Assert.Equal(("127.0.0.1", "ada@example.test"), (e.Address, e.ActorName)));
    }

    [Fact]
    public async Task What_is_printed_names_the_address_and_the_data_directory()
    {
        await using var app = PortalApp.Start();

        Assert.Contains(app.Address.ToString().TrimEnd('/'), app.StartText, StringComparison.Ordinal);
        Assert.Contains(app.DataDirectory, app.StartText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_works_once()
    {
        await using var app = PortalApp.Start();
        var link = LinkOf(app);
        using var first = app.Browser();
        using var second = app.Browser();
        using var made = await first.SubmitAsync(link, "set-up", Form());

        using var again = await second.GetAsync(link, Cancel);
        var stillOpen = app.Get<SetupLink>().Accepts(link.Split("token=")[1]);

        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
        Assert.Contains("This link has done its work", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.False(stillOpen);
    }

    [Fact]
    public async Task A_user_made_elsewhere_closes_the_link()
    {
        await using var app = PortalApp.Start();
        (await app.Get<UserService>().AddFirstAsync("bob@example.test", "a long enough password", null, Cancel)).Require();
        using var http = app.Browser();

        using var answer = await http.GetAsync(LinkOf(app), Cancel);

        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("FactoryThread is set up", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_link_expires_after_a_day()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        var link = new SetupLink(time);
        var token = link.Issue();

        time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));
        Assert.True(link.Accepts(token));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(link.Accepts(token));
        Assert.True(link.Accepts(link.Issue()));
        Assert.False(link.Accepts(token));
    }

    [Theory]
    [InlineData("/account/setup")]
    [InlineData("/account/setup?token=")]
    [InlineData("/account/setup?token=guess")]
    public async Task Without_the_token_there_is_no_form(string path)
    {
        await using var app = PortalApp.Start();
        using var http = app.Browser();

        using var answer = await http.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("it prints a new one", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not-an-email", "a long enough password", "a long enough password", "not an email")]
    [InlineData("ada@example.test", "too short", "too short", "at least 12 characters")]
    [InlineData("ada@example.test", "a long enough password", "a different password", "differ")]
    public async Task A_mistake_is_explained_and_the_link_still_works(string email, string password, string repeat, string message)
    {
        await using var app = PortalApp.Start();
        using var http = app.Browser();

        using var mistake = await http.SubmitAsync(LinkOf(app), "set-up", new() { ["Input.Email"] = email, ["Input.Password"] = password, ["Input.Repeat"] = repeat });
        using var corrected = await http.SubmitAsync(LinkOf(app), "set-up", Form());

        Assert.Contains(message, await mistake.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, corrected.StatusCode);
    }

    [Fact]
    public async Task Of_many_who_try_at_once_one_becomes_administrator()
    {
        await using var app = PortalApp.Start();
        var users = app.Get<UserService>();

        var results = await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(i => Task.Run(() => users.AddFirstAsync($"user{i}@example.test", "a long enough password", null, Cancel), Cancel)));

        Assert.Single(results, r => r.Failure is null);
        Assert.Single((await users.ListAsync(Caller.CommandLine, Cancel)).Require());
    }

    [Fact]
    public async Task The_configuration_can_name_the_first_administrator()
    {
        await using var app = PortalApp.Start(settings: new()
        {
            ["Portal:Setup:AdminEmail"] = SignedInClient.AdminEmail,
            ["Portal:Setup:AdminPassword"] = SignedInClient.AdminPassword,
        });

        using var http = await app.SignInAsync();

        Assert.DoesNotContain("token=", app.StartText, StringComparison.Ordinal);
        var created = Assert.Single(await app.UserAuditAsync(), e => e.Action == "user.created");
        Assert.Equal("FactoryThread Portal", created.ActorName);
    }

    [Theory]
    [InlineData("admin@example.test", "short", "Portal:Setup:AdminPassword")]
    [InlineData("no-email", "a long enough password", "Portal:Setup:AdminEmail")]
    public async Task A_configured_administrator_that_cannot_be_names_its_setting(string email, string password, string key)
    {
        using var verbs = new Cli.Verbs();

        var refused = await verbs.RunAsync("flows", "list", $"--Portal:Setup:AdminEmail={email}", $"--Portal:Setup:AdminPassword={password}");

        Assert.Equal(1, refused.Exit);
        Assert.Contains(key, refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(password, refused.Error, StringComparison.Ordinal);
    }

    private static string LinkOf(PortalApp app)
    {
        var line = Assert.Single(app.StartText.Split('\n'), l => l.StartsWith("Set up FactoryThread: ", StringComparison.Ordinal));
        return new Uri(line["Set up FactoryThread: ".Length..].Trim()).PathAndQuery;
    }

    private static Dictionary<string, string> Form() => new()
    {
        ["Input.Email"] = "ada@example.test",
        ["Input.Password"] = "a long enough password",
        ["Input.Repeat"] = "a long enough password",
    };
}
