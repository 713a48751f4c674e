using System.Globalization;
using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class BulkRevokeTests : KeyPagesContext
{
    [Fact]
    public async Task Chosen_keys_are_revoked_together_after_the_numbers_and_a_word()
    {
        var erp = await KeyAsync("erp-order-sync");
        var ci = await KeyAsync("ci-nightly", KeyEnvironment.Test);
        var kept = await KeyAsync("kept");
        await CallAsync(erp.Key.Id, Clock.GetUtcNow().AddMinutes(-5));
        await UsedAsync(erp.Key.Id, Clock.GetUtcNow().AddMinutes(-5));
        var page = Show<KeyListPage>();
        Assert.Empty(page.FindAll(".selection"));
        Pick(page, "Select erp-order-sync");
        Pick(page, "Select ci-nightly");
        page.WaitForAssertion(() => Assert.Contains("2 keys selected", page.Markup, StringComparison.Ordinal));

        Press(page, "Revoke selected");
        Dialogs.WaitForAssertion(() => Assert.Contains("1 of 2 used in the last 24 hours; 1 call today.", Dialogs.Markup, StringComparison.Ordinal));
        Assert.True(Button(Dialogs, "Revoke 2 keys").HasAttribute("disabled"));
        Dialogs.Find("textarea").Input("Partner left");
        Dialogs.Find("input[type=text]").Input("revoke");
        Press(Dialogs, "Revoke 2 keys");

        Dialogs.WaitForAssertion(() => Assert.Contains("2 keys are revoked and refused from now on.", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Close");
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".selection")));
        var keys = (await AllAsync()).ToDictionary(k => k.Id, k => k.Status);
        Assert.Equal((KeyStatus.Revoked, KeyStatus.Revoked, KeyStatus.Active), (keys[erp.Key.Id], keys[ci.Key.Id], keys[kept.Key.Id]));
        Assert.Equal("Partner left", (await Keys.GetAsync(ci.Key.Id, Me, Cancellation)).Require().RevokedReason);
        Assert.DoesNotContain(page.FindAll("input[type=checkbox]"), box => box.GetAttribute("aria-label") is "Select erp-order-sync" or "Select ci-nightly");
    }

    [Fact]
    public async Task Those_that_are_expired_already_are_named()
    {
        await KeyAsync("ci-nightly", KeyEnvironment.Test);
        var old = await KeyAsync("ci-weekly", KeyEnvironment.Test);
        await AgeAsync(old.Key.Id, 1000);
        var page = Show<KeyListPage>();
        Pick(page, "Select all keys on this page");

        Press(page, "Revoke selected");

        Dialogs.WaitForAssertion(() => Assert.Contains("1 of them is expired; once revoked, it cannot be extended.", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Contains("every call with those that still work is refused", Dialogs.Markup, StringComparison.Ordinal);
        Assert.EndsWith(", expired", Assert.Single(Dialogs.FindAll(".names li"), key => key.TextContent.Contains("ci-weekly", StringComparison.Ordinal)).TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_deleted_meanwhile_is_named_and_not_counted_as_revoked()
    {
        await KeyAsync("ci-nightly", KeyEnvironment.Test);
        var gone = await KeyAsync("ci-weekly", KeyEnvironment.Test);
        var page = Show<KeyListPage>();
        Pick(page, "Select all keys on this page");
        Press(page, "Revoke selected");
        Dialogs.WaitForAssertion(() => Assert.False(Button(Dialogs, "Revoke 2 keys").HasAttribute("disabled")));
        (await Keys.DeleteAsync(gone.Key.Id, Me, Cancellation)).Require();

        Press(Dialogs, "Revoke 2 keys");

        Dialogs.WaitForAssertion(() => Assert.Contains("1 key is revoked and refused from now on.", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal("ci-weekly", Dialogs.Find(".note li strong").TextContent);
    }

    [Fact]
    public async Task Stopping_leaves_the_rest_as_it_was_and_says_how_many_are_revoked()
    {
        for (var i = 0; i < 25; i++)
        {
            await KeyAsync(string.Create(CultureInfo.InvariantCulture, $"partner-{i:00}"), KeyEnvironment.Test);
        }

        var page = Show<KeyListPage>();
        Pick(page, "Select all keys on this page");
        Press(page, "Revoke selected");
        Dialogs.WaitForAssertion(() => Assert.False(Button(Dialogs, "Revoke 25 keys").HasAttribute("disabled")));
        Press(Dialogs, "Revoke 25 keys");
        Dialogs.WaitForElement("progress");
        Press(Dialogs, "Stop");

        Dialogs.WaitForElement("progress + .visually-hidden:not(:empty)");
        var revoked = (await AllAsync(KeyStatus.Revoked)).Count;
        Assert.InRange(revoked, 1, 24);
        Assert.Contains($"Stopped: {revoked} of 25 are revoked, the others work as before.", Dialogs.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_the_reason_stops_before_the_first_and_keeps_what_was_typed()
    {
        var made = await KeyAsync(environment: KeyEnvironment.Test);
        var page = Show<KeyListPage>();
        Pick(page, "Select all keys on this page");
        Press(page, "Revoke selected");
        Dialogs.WaitForElement("textarea").Input($"leaked {made.Token.Reveal()}");
        Press(Dialogs, "Revoke 1 key");

        Dialogs.WaitForAssertion(() => Assert.Contains("The reason contains an API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(KeyStatus.Active, (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Status);
    }

    private static void Pick(IRenderedComponent<KeyListPage> page, string label)
    {
        var box = page.WaitForElement($"input[aria-label='{label}']");
        if (box.Closest("tr")!.QuerySelector("[aria-haspopup=menu]") is { } button)
        {
            // What portal.js makes of it.
            box.TriggerEvent("onrowpick", new RowEventArgs { Id = button.Id, On = true });
        }
        else
        {
            box.Change(true);
        }
    }
}
