using System.Security.Claims;
using Bunit;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Overview;
using FactoryThread.Portal.Features.Overview.Pages;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Usage.Pages;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Overview.Pages;

public sealed class OverviewPageTests : UsagePagesContext
{
    [Fact]
    public async Task Without_trouble_it_says_so_and_shows_the_day()
    {
        await RecordAsync(3);

        var page = await ShowAsync();

        Assert.Contains("Nothing needs you", page.Markup, StringComparison.Ordinal);
        Assert.Equal(["3", "100 %", "0", "0"], page.FindAll(".kpi .v").Select(v => v.TextContent));
        Assert.Equal(["", "", "#why", "#credentials"], page.FindAll("a.kpi").Select(number => new Uri(new Uri("http://x"), number.GetAttribute("href")).Fragment));
        Assert.Contains("Every request was let through and succeeded.", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_refused_is_one_click_from_its_requests()
    {
        await RecordAsync(2, Outcome.Refused);
        await RecordAsync(1, Outcome.Failed);

        var page = await ShowAsync();

        var link = page.Find(".troubled a");
        Assert.Equal("erp", link.TextContent);
        Assert.Equal($"/settings/api-keys/{KeyId}?tab=requests&outcome=refused", link.GetAttribute("href"));
        Assert.Contains("2 refused, 1 failed", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PortalRole.Administrator, "Rotate", "Narrow it")]
    [InlineData(PortalRole.Operator, "Rotate", "Narrow it")]
    [InlineData(PortalRole.Viewer, "See which", "See the key")]
    public async Task A_key_that_is_overdue_leads_to_the_plan_and_one_that_may_too_much_to_itself_in_words_that_fit_the_role(PortalRole role, string rotate, string narrow)
    {
        var settings = new ApiKeySettings { Name = "ci", Kind = KeyKind.Development, Expiration = KeyExpiration.Never };
        (await App.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, KeyEnvironment.Test), Caller.CommandLine, Cancellation)).Require();
        Clock.Advance(TimeSpan.FromDays(31));
        await RecordAsync();
        await using (var db = await App.Contexts.CreateDbContextAsync(Cancellation))
        {
            await db.Users.ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, role), Cancellation);
        }

        var page = await ShowAsync();

        Assert.Equal((rotate, "/settings/rotation"), ActionOf(page, "1 key is older than the workspace's schedule allows."));
        Assert.Equal((narrow, $"/settings/api-keys/{KeyId}"), ActionOf(page, "erp may do more than it did in the last 30 days."));
    }

    [Fact]
    public async Task An_operator_is_not_asked_to_rotate_or_narrow_an_administrators_key()
    {
        var settings = new ApiKeySettings { Name = "ci", Kind = KeyKind.Development, Expiration = KeyExpiration.Never };
        (await App.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, KeyEnvironment.Test), Caller.CommandLine, Cancellation)).Require();
        Clock.Advance(TimeSpan.FromDays(31));
        await RecordAsync();
        await App.OperatorsReachAllKeysAsync();
        await using (var db = await App.Contexts.CreateDbContextAsync(Cancellation))
        {
            await db.Users.ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, PortalRole.Operator), Cancellation);
            var root = await App.UserAsync("root@example.test");
            await db.Set<ApiKey>().ExecuteUpdateAsync(set => set.SetProperty(k => k.OwnerId, root.Id), Cancellation);
        }

        var page = await ShowAsync();

        Assert.Equal(("See which", "/settings/rotation"), ActionOf(page, "1 key is older than the workspace's schedule allows."));
        Assert.Equal(("See the key", $"/settings/api-keys/{KeyId}"), ActionOf(page, "erp may do more than it did in the last 30 days."));
    }

    [Theory]
    [InlineData(PortalRole.Administrator, true)]
    [InlineData(PortalRole.Viewer, true)]
    [InlineData(PortalRole.Operator, false)]
    public async Task Failed_credentials_have_no_place_where_only_own_keys_are_seen(PortalRole role, bool counted)
    {
        await RecordAsync(1);
        await using (var db = await App.Contexts.CreateDbContextAsync(Cancellation))
        {
            await db.Users.ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, role), Cancellation);
        }

        string[] all = ["Requests", "Success", "Refused", "Failed credentials"];
        Assert.Equal(counted ? all : all[..3], (await ShowAsync()).FindAll(".kpi .l").Select(label => label.TextContent));
    }

    [Fact]
    public async Task A_key_that_expires_soon_is_counted_whatever_is_said_of_another()
    {
        var settings = new ApiKeySettings { Name = "ci", Expiration = KeyExpiration.After(30) };
        (await App.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, KeyEnvironment.Test), Caller.CommandLine, Cancellation)).Require();
        Clock.Advance(TimeSpan.FromDays(20));
        await RecordAsync();
        var now = Clock.GetUtcNow();
        await using (var db = await App.Contexts.CreateDbContextAsync(Cancellation))
        {
            db.Add(Alert.Raise(new Finding(AlertKind.KeyExpiring, AlertLevel.Notice, KeyId, "erp", "1", "erp expires in 25 days.", "Look at it", "/settings/api-keys", now) { KeyId = KeyId }, now));
            await db.SaveChangesAsync(Cancellation);
        }

        Assert.Equal(("See which", "/settings/api-keys?expires=soon&sort=expires"), ActionOf(await ShowAsync(), "1 key is about to expire, within 14 days."));
    }

    [Fact]
    public async Task The_most_urgent_stands_first()
    {
        var settings = new ApiKeySettings { Name = "ci", Kind = KeyKind.Development, Expiration = KeyExpiration.Never };
        (await App.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, KeyEnvironment.Test), Caller.CommandLine, Cancellation)).Require();
        Clock.Advance(TimeSpan.FromDays(31));
        await RecordAsync();
        var now = Clock.GetUtcNow();
        await using (var db = await App.Contexts.CreateDbContextAsync(Cancellation))
        {
            db.AddRange(new[] { AlertLevel.Notice, AlertLevel.Critical }.Select(level => Alert.Raise(
                new Finding(AlertKind.NewNetwork, level, $"{level}", $"{level}", "1", $"A {level} alert.", "Look at it", "/settings/api-keys", now) { KeyId = KeyId }, now)));
            await db.SaveChangesAsync(Cancellation);
        }

        var page = await ShowAsync();

        Assert.Equal(
            ["A Critical alert.", "1 key is older than the workspace's schedule allows.", "A Notice alert."],
            page.FindAll(".matters .what").Select(what => what.TextContent).Take(3));
    }

    private static (string, string?) ActionOf(IRenderedComponent<OverviewPage> page, string matter)
    {
        var link = Assert.Single(page.FindAll(".matters li"), li => li.TextContent.Contains(matter, StringComparison.Ordinal)).QuerySelector("a")!;
        return (link.TextContent, link.GetAttribute("href"));
    }

    private async Task<IRenderedComponent<OverviewPage>> ShowAsync()
    {
        await App.Get<UsageMover>().CatchUpAsync(Cancellation);
        var page = Show<OverviewPage>();
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".kpi")), TimeSpan.FromSeconds(10));
        return page;
    }

    protected override async ValueTask AddServicesAsync()
    {
        Services.AddSingleton(App.Get<OverviewService>());
        Services.AddSingleton(App.Get<WorkspaceReports>());
        Services.AddSingleton(App.Get<UserService>());
        Services.AddScoped<RequestCaller>();
        Services.AddScoped<CurrentUser>();
        await using var db = await App.Contexts.CreateDbContextAsync(Cancellation);
        var user = await db.Users.FirstAsync(Cancellation);
        var claims = new ClaimsIdentityOptions();
        AddAuthorization().SetAuthorized(user.Email!).SetClaims(new Claim(claims.UserIdClaimType, user.Id), new Claim(claims.SecurityStampClaimType, user.SecurityStamp!));
    }
}
