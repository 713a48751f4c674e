using AngleSharp.Dom;
using Bunit;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.PasswordReset;
using FactoryThread.Portal.Features.Accounts.People.Pages;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.ApiKeys.Pages;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Accounts.People.Pages;

public sealed class UsersPageTests : KeyPagesContext
{
    [Fact]
    public async Task The_list_tells_role_status_and_keys_of_everybody()
    {
        await KeyAsync();
        var eve = await AddUserAsync("eve@example.test", administrator: false);
        (await Users.DisableAsync(eve, Me, Cancellation)).Require();

        var page = Show<UsersPage>();

        Assert.Contains("1 active · 1 administrator", page.Markup, StringComparison.Ordinal);
        var keys = Row(page, "ada@example.test").QuerySelector(".c-keys a")!;
        Assert.Equal(("1 active key", $"/settings/api-keys?owner={UserId}"), (keys.TextContent, keys.GetAttribute("href")));
        Assert.Contains("Disabled", Row(page, "eve@example.test").TextContent, StringComparison.Ordinal);
        Assert.Contains("Never", Row(page, "eve@example.test").TextContent, StringComparison.Ordinal);
        Assert.Empty(Row(page, "ada@example.test").QuerySelectorAll("button"));
    }

    [Fact]
    public async Task Disabling_shows_the_keys_first_and_hands_them_over()
    {
        var eve = await AddUserAsync("eve@example.test", administrator: false);
        var key = (await Keys.CreateAsync(new NewApiKey(new ApiKeySettings { Name = "eves-key" }, KeyEnvironment.Live, eve), Me, Cancellation)).Require().Key;
        (await Users.DisableAsync(await AddUserAsync("gone@example.test", administrator: false), Me, Cancellation)).Require();
        var page = Show<UsersPage>();

        Press(page, "Disable eve@example.test");
        Dialogs.WaitForAssertion(() => Assert.Contains("1 active key.", Dialogs.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
        Assert.Contains("eves-key", Dialogs.Markup, StringComparison.Ordinal);
        Assert.Equal(["Nobody: they stay with eve@example.test", "ada@example.test (administrator)"], Dialogs.FindAll("select option").Select(choice => choice.TextContent));
        Dialogs.Find("select").Change(UserId);
        Press(Dialogs, "Disable user");

        page.WaitForAssertion(() => Assert.Contains("Disabled", Row(page, "eve@example.test").TextContent, StringComparison.Ordinal));
        Assert.Equal(UserId, (await Keys.GetAsync(key.Id, Me, Cancellation)).Require().OwnerId);
        Press(page, "Enable eve@example.test");
        page.WaitForAssertion(() => Assert.Contains("Active", Row(page, "eve@example.test").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Handing_over_many_keys_shows_its_progress_and_can_be_stopped_and_taken_up_again()
    {
        Clock.WorkTakes = TimeSpan.FromSeconds(1);
        await using var db = await EvesKeysAsync(2 * KeyOwnership.AtOnce);
        var page = Show<UsersPage>();

        await DisableEveAsync(page, 1001);
        Dialogs.WaitForAssertion(() => Assert.Equal(("500", "1001"), Progress()));
        Press(Dialogs, "Stop");
        Dialogs.WaitForAssertion(() =>
        {
            Assert.Contains("Stopped. 500 keys are handed over; eve@example.test is as before.", Dialogs.Markup, StringComparison.Ordinal);
            Assert.Contains("501 active keys.", Dialogs.Find(".mud-dialog").TextContent, StringComparison.Ordinal);
        });
        Assert.Equal(500, await db.Set<ApiKey>().CountAsync(k => k.OwnerId == UserId, Cancellation));

        Press(Dialogs, "Disable user");
        Dialogs.WaitForAssertion(() => Assert.Equal(("500", "501"), Progress()));
        Assert.Null((await db.Users.AsNoTracking().SingleAsync(u => u.Email == "eve@example.test", Cancellation)).DisabledAt);
        PassUntil(page, () => Assert.Contains("Disabled", Row(page, "eve@example.test").TextContent, StringComparison.Ordinal));
        Assert.Equal(1001, await db.Set<ApiKey>().CountAsync(k => k.OwnerId == UserId, Cancellation));
    }

    [Fact]
    public async Task Handing_over_that_fails_midway_says_how_far_it_came_and_can_be_taken_up_again()
    {
        Clock.WorkTakes = TimeSpan.FromSeconds(1);
        await using var db = await EvesKeysAsync(KeyOwnership.AtOnce);
        var page = Show<UsersPage>();

        await DisableEveAsync(page, 501);
        Dialogs.WaitForAssertion(() => Assert.Equal(("500", "501"), Progress()));
        await db.Database.ExecuteSqlAsync($"ALTER TABLE AuditEntries RENAME TO Elsewhere", Cancellation);
        PassUntil(Dialogs, () =>
        {
            Assert.Contains("Try again. 500 keys are handed over; eve@example.test is as before.", Dialogs.Markup, StringComparison.Ordinal);
            Assert.Contains("1 active key.", Dialogs.Find(".mud-dialog").TextContent, StringComparison.Ordinal);
        });

        await db.Database.ExecuteSqlAsync($"ALTER TABLE Elsewhere RENAME TO AuditEntries", Cancellation);
        Press(Dialogs, "Disable user");
        page.WaitForAssertion(() => Assert.Contains("Disabled", Row(page, "eve@example.test").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_loses_the_right_while_handing_over_is_told_how_far_it_came()
    {
        Clock.WorkTakes = TimeSpan.FromSeconds(1);
        await using var db = await EvesKeysAsync(KeyOwnership.AtOnce);
        var page = Show<UsersPage>();

        await DisableEveAsync(page, 501);
        Dialogs.WaitForAssertion(() => Assert.Equal(("500", "501"), Progress()));
        await EndSessionAsync();

        PassUntil(Dialogs, () => Assert.Contains(
            "You are no longer signed in, so this was not done. Sign in again. 500 keys are handed over; eve@example.test is as before.", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(500, await db.Set<ApiKey>().CountAsync(k => k.OwnerId == UserId, Cancellation));
    }

    [Fact]
    public async Task The_second_factor_of_somebody_else_is_reset_after_a_warning()
    {
        await AddUserAsync("eve@example.test", administrator: false);
        var contexts = Services.GetRequiredService<IDbContextFactory<PortalDbContext>>();
        await using (var db = await contexts.CreateDbContextAsync(Cancellation))
        {
            await db.Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.TwoFactorEnabled, true), Cancellation);
        }

        var page = Show<UsersPage>();
        Assert.Single(page.FindAll("button"), b => b.TextContent.Trim() == "Reset 2nd factor");
        Press(page, "Reset the second factor of eve@example.test");
        Dialogs.WaitForAssertion(() => Assert.Contains("Make sure it is really them", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Reset second factor");

        Snackbars.WaitForAssertion(() => Assert.Contains("signs in with the password alone now", Snackbars.Markup, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.DoesNotContain("Reset the second factor", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public void The_last_administrator_is_told_why_they_stay()
    {
        var page = Show<UsersPage>();

        page.Find("select[aria-label='Role of ada@example.test']").Change("Viewer");
        Dialogs.WaitForElement(".mud-dialog");
        Dialogs.WaitForAssertion(() => Assert.False(Button(Dialogs, "Change role").HasAttribute("disabled")));
        Press(Dialogs, "Change role");

        Dialogs.WaitForAssertion(() => Assert.Contains("This is the last administrator who can sign in.", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Cancel");
        page.WaitForAssertion(() => Assert.Equal("Administrator", page.Find("select option[selected]").TextContent));
    }

    [Fact]
    public async Task An_invitation_shows_its_link_once_and_can_be_revoked()
    {
        var page = Show<UsersPage>();
        Press(page, "Invite");
        Dialogs.WaitForElement("input[type=email]").Input("ada");
        Press(Dialogs, "Make link");
        Dialogs.WaitForAssertion(() => Assert.Contains("This is not an email address", Dialogs.Markup, StringComparison.Ordinal));
        Dialogs.Find("input[type=email]").Input("bob@example.test");
        Press(Dialogs, "Make link");

        Dialogs.WaitForAssertion(() => Assert.Contains("/account/invitation?token=", Dialogs.Markup, StringComparison.Ordinal));
        var token = Dialogs.Find(".copy-field .value").TextContent.Split("token=")[1];
        Press(Dialogs, "Done");
        page.WaitForAssertion(() => Assert.Contains("bob@example.test", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain(token, page.Markup + Dialogs.Markup, StringComparison.Ordinal);
        Assert.Equal(PortalRole.Operator, (await Services.GetRequiredService<InvitationService>().FindAsync(token, Cancellation)).Require().Role);

        Press(page, "Revoke the invitation of bob@example.test");
        page.WaitForAssertion(() => Assert.DoesNotContain("Open invitations", page.Markup, StringComparison.Ordinal));
        Assert.NotNull((await Services.GetRequiredService<InvitationService>().FindAsync(token, Cancellation)).Failure);
    }

    [Fact]
    public async Task A_link_for_a_new_password_is_shown_once_and_works()
    {
        await AddUserAsync("bob@example.test", administrator: false);
        var page = Show<UsersPage>();
        Assert.DoesNotContain(page.FindAll("button"), b => b.GetAttribute("aria-label") == "New password for ada@example.test");

        Press(page, "New password for bob@example.test");
        Dialogs.WaitForAssertion(() => Assert.Contains("Make sure it is really them", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Make link");

        Dialogs.WaitForAssertion(() => Assert.Contains(PasswordResetService.Path, Dialogs.Markup, StringComparison.Ordinal));
        var link = QueryHelpers.ParseQuery(new Uri(Dialogs.Find(".copy-field .value").TextContent).Query);
        Press(Dialogs, "Done");
        Dialogs.WaitForAssertion(() => Assert.DoesNotContain(link["token"].ToString(), Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal("bob@example.test", (await Services.GetRequiredService<PasswordResetService>().FindAsync(link["user"], link["token"])).Require());
    }

    [Fact]
    public async Task Others_are_told_that_it_is_not_for_them()
    {
        await DemoteAsync();

        var page = Show<UsersPage>();

        Assert.Contains("Only administrators manage users", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@example.test", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
    }

    private UserService Users => Services.GetRequiredService<UserService>();

    private static IElement Row(IRenderedComponent<UsersPage> page, string email)
        => Assert.Single(page.FindAll("tbody tr"), r => r.TextContent.Contains(email, StringComparison.Ordinal));

    private async Task DisableEveAsync(IRenderedComponent<UsersPage> page, int keys)
    {
        Press(page, "Disable eve@example.test");
        Dialogs.WaitForAssertion(() => Assert.Contains($"{keys:N0} active keys.", Dialogs.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
        await Dialogs.InvokeAsync(() => Dialogs.Find("select").Change(UserId));
        Press(Dialogs, "Disable user");
    }

    /// <summary>Lets pauses end, each as soon as it has begun.</summary>
    private void PassUntil<T>(IRenderedComponent<T> shown, Action assertion)
        where T : IComponent
    {
        using var passing = new Timer(_ => Clock.Advance(TimeSpan.FromSeconds(1)), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
        shown.WaitForAssertion(assertion, TimeSpan.FromSeconds(10));
    }

    private (string? Value, string? Max) Progress()
        => Dialogs.Find("progress") is var bar ? (bar.GetAttribute("value"), bar.GetAttribute("max")) : default;

    /// <summary>Somebody with one key, and so many more like it.</summary>
    private async Task<PortalDbContext> EvesKeysAsync(int more)
    {
        var eve = await AddUserAsync("eve@example.test", administrator: false);
        var key = (await Keys.CreateAsync(new NewApiKey(new ApiKeySettings { Name = "eves-key" }, KeyEnvironment.Live, eve), Me, Cancellation)).Require().Key;
        var db = await Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Cancellation);
        await Given.KeysLikeAsync(db, key.Id, more);
        return db;
    }
}
