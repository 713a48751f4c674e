using Bunit;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Workspace;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

/// <summary>Rotation as a person meets it: the dialog, the old value that lives on, the plan, and taking away what is not used.</summary>
public sealed class RotationScreensTests : KeyPagesContext
{
    [Fact]
    public async Task An_overlap_is_chosen_watched_and_ended()
    {
        var made = await KeyAsync(environment: KeyEnvironment.Test);
        var page = Open(made.Key.Id);
        Press(page, "Regenerate");
        Dialogs.WaitForAssertion(() => Assert.Contains("The old value is refused at once", Dialogs.Markup, StringComparison.Ordinal));
        Choose("After 24 hours");
        Assert.Contains("Both values work until 25 Nov 2026, 12:00", Dialogs.Markup, StringComparison.Ordinal);
        Press(Dialogs, "Regenerate key");
        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));

        var shown = Open(made.Key.Id);
        shown.WaitForAssertion(() => Assert.Contains("Nobody has used it since the new value was issued", shown.Markup, StringComparison.Ordinal));
        Assert.Contains("Old value still valid", shown.Markup, StringComparison.Ordinal);
        var previous = (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Previous!;
        Assert.Equal(Clock.GetUtcNow().AddHours(24), previous.ValidUntil);

        await CallAsync(made.Key.Id, Clock.GetUtcNow(), "10.9.8.7", secretId: previous.SecretId);
        await CallAsync(made.Key.Id, Clock.GetUtcNow(), "10.1.1.1", secretId: previous.SecretId + 1);
        Press(shown, "Check again");
        shown.WaitForAssertion(() => Assert.Contains("10.9.8.7", shown.Find("[aria-label='Who still uses the old value']").TextContent, StringComparison.Ordinal));
        var users = shown.Find("[aria-label='Who still uses the old value']").TextContent;
        Assert.Contains("erp-sync/2.1", users, StringComparison.Ordinal);
        Assert.Contains(Flow, users, StringComparison.Ordinal);
        Assert.DoesNotContain("10.1.1.1", users, StringComparison.Ordinal);

        await CallAsync(made.Key.Id, Clock.GetUtcNow(), "10.9.8.8", secretId: previous.SecretId);
        Press(shown, "Retire now");
        Dialogs.WaitForAssertion(() => Assert.Contains("2 calls since the new value was issued, from 2 addresses", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, () => Dialogs.FindAll(".mud-dialog-actions button").Single(b => b.TextContent.Trim() == "Retire now"));
        shown.WaitForAssertion(() => Assert.DoesNotContain("Old value still valid", shown.Markup, StringComparison.Ordinal));
        Assert.Null((await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Previous);
    }

    [Fact]
    public async Task A_time_of_ones_own_is_checked_and_the_running_overlap_is_told()
    {
        var made = await KeyAsync(environment: KeyEnvironment.Test);
        await Keys.RegenerateAsync(made.Key.Id, Me, Cancellation, TimeSpan.FromDays(7));
        Press(Open(made.Key.Id), "Regenerate");
        Dialogs.WaitForAssertion(() => Assert.Contains("is still valid until", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Contains(made.Token.Hint, Dialogs.Markup, StringComparison.Ordinal);

        Choose("After …");
        Dialogs.Find("input[type=number]").Input("0");
        Press(Dialogs, "Regenerate key");
        Dialogs.WaitForAssertion(() => Assert.Contains("Write a time of at least 1", Dialogs.Markup, StringComparison.Ordinal));
        Dialogs.Find("input[type=number]").Input("31");
        Dialogs.Find("select[aria-label=Unit]").Change("d");
        Press(Dialogs, "Regenerate key");
        Dialogs.WaitForAssertion(() => Assert.Contains("up to 30 days", Dialogs.Markup, StringComparison.Ordinal));
        Dialogs.Find("input[type=number]").Input("90");
        Dialogs.Find("select[aria-label=Unit]").Change("m");
        Press(Dialogs, "Regenerate key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(Clock.GetUtcNow().AddMinutes(90), (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Previous?.ValidUntil);
    }

    [Fact]
    public async Task An_overlap_ends_when_the_key_expires_at_the_latest()
    {
        var made = await KeyAsync(environment: KeyEnvironment.Test, with: s => s with { Expiration = KeyExpiration.After(30) });
        await AgeAsync(made.Key.Id, 25);
        Press(Open(made.Key.Id), "Regenerate");
        Dialogs.WaitForAssertion(() => Assert.Contains("The old value is refused at once", Dialogs.Markup, StringComparison.Ordinal));

        Choose("After 7 days");

        Dialogs.WaitForAssertion(() => Assert.Contains("Both values work until 29 Nov 2026, 12:00, when it expires anyway", Dialogs.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_expired_key_has_no_old_value_to_keep()
    {
        var made = await KeyAsync(with: s => s with { Expiration = KeyExpiration.After(30) });
        await AgeAsync(made.Key.Id, 40);

        Press(Open(made.Key.Id), "Regenerate");

        Dialogs.WaitForAssertion(() => Assert.Contains("The old value has expired and stays refused", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Empty(Dialogs.FindAll("input[type=radio]"));
    }

    [Fact]
    public void A_plan_without_keys_says_so()
        => Assert.Contains("By the schedule, no active key needs a new value within the next 30 days.", Show<RotationPage>().Markup, StringComparison.Ordinal);

    [Fact]
    public async Task The_plan_lists_overdue_keys_first_and_regenerates_them()
    {
        var soon = await KeyAsync("partner-acme", KeyEnvironment.Test, s => s with { Kind = KeyKind.Partner, Expiration = KeyExpiration.Never });
        var late = await KeyAsync("erp-order-sync", KeyEnvironment.Test, s => s with { Expiration = KeyExpiration.Never });
        var later = await KeyAsync("partner-globex", KeyEnvironment.Test, s => s with { Kind = KeyKind.Partner, Expiration = KeyExpiration.Never });
        await KeyAsync("fresh-production");
        await AgeAsync(soon.Key.Id, 175);
        await AgeAsync(later.Key.Id, 170);
        await AgeAsync(late.Key.Id, 100);

        var page = Show<RotationPage>();

        Assert.Equal(["erp-order-sync", "partner-acme", "partner-globex"], page.FindAll("tbody .t").Select(name => name.TextContent));
        Assert.Contains("1 key is overdue, 2 more due in the next 30 days", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Overdue", page.FindAll("tbody tr")[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("This week", page.FindAll("tbody tr")[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("In 10 days", page.FindAll("tbody tr")[2].TextContent, StringComparison.Ordinal);
        Press(page, "Regenerate erp-order-sync");
        Dialogs.WaitForAssertion(() => Assert.Contains("Regenerate erp-order-sync?", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Regenerate key");
        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.NotEqual(late.Token.Hint, (await Keys.GetAsync(late.Key.Id, Me, Cancellation)).Require().Hint);
    }

    [Fact]
    public async Task A_long_plan_shows_its_next_part_on_request()
    {
        for (var i = 0; i < 101; i++)
        {
            await KeyAsync($"ci-{i:000}", KeyEnvironment.Test, s => s with { Kind = KeyKind.Development, Expiration = KeyExpiration.Never });
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Clock.Advance(TimeSpan.FromDays(40));
        var page = Show<RotationPage>();
        page.WaitForAssertion(() => Assert.Contains("The 100 most urgent of 101 keys.", page.Markup, StringComparison.Ordinal));
        Assert.Equal("ci-000", page.Find("tbody .t").TextContent);

        // What is shown stays when the next part cannot be had.
        await using var db = await Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Cancellation);
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE ApiKeys RENAME TO Elsewhere", Cancellation);
        Press(page, "Load more");
        page.WaitForAssertion(() => Assert.Contains("The plan cannot be shown", page.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        Assert.Equal(100, page.FindAll("tbody .t").Count);
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE Elsewhere RENAME TO ApiKeys", Cancellation);

        Press(page, "Load more");

        page.WaitForAssertion(() => Assert.Equal("ci-100", page.FindAll("tbody .t")[100].TextContent));
        Assert.DoesNotContain("cannot be shown", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("most urgent", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schedule_of_the_workspace_stands_on_the_pages()
    {
        var workspace = Services.GetRequiredService<WorkspaceService>();
        await workspace.ChangeAsync(RotationSchedule.Recommended with { Production = 14 }, 10, 0, Me, Cancellation);
        var made = await KeyAsync();
        await AgeAsync(made.Key.Id, 15);

        Assert.Contains("every 14 days", Open(made.Key.Id).Markup, StringComparison.Ordinal);
        var row = Show<KeyListPage>().Find("tbody tr").TextContent;
        Assert.Contains("Rotation due", row, StringComparison.Ordinal);
        Assert.Contains("Unused 10 days", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flows_that_are_granted_but_not_called_are_taken_away_after_showing_the_effect()
    {
        var made = await KeyAsync(with: s => s with { Permission = KeyPermission.SpecificFlows, Flows = [Flow, "inv200"] });
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddDays(-3));
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddDays(-40), flowId: "inv200");
        await AgeAsync(made.Key.Id, 50);
        var page = Open(made.Key.Id);
        page.WaitForAssertion(() => Assert.Contains("1 flow of 2 that the key may run was not called in the last 30 days", page.Markup, StringComparison.Ordinal));

        Press(page, "90 days");
        page.WaitForAssertion(() => Assert.Contains("Every flow that the key may run was called", page.Markup, StringComparison.Ordinal));
        Press(page, "30 days");
        page.WaitForElement(".unused button");
        Press(page, () => page.FindAll(".unused button").Single(b => b.TextContent.StartsWith("Allow only", StringComparison.Ordinal)));
        Dialogs.WaitForAssertion(() => Assert.Contains("Of the 1 call of the last 7 days none would have been refused.", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Narrow key");

        page.WaitForAssertion(() => Assert.Contains("may run 1 flow", Snackbars.Markup, StringComparison.Ordinal));
        Assert.Equal([Flow], (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Flows);
    }

    [Fact]
    public async Task Taking_them_away_does_not_undo_what_somebody_changed_meanwhile()
    {
        var made = await KeyAsync(with: s => s with { Permission = KeyPermission.SpecificFlows, Flows = [Flow, "inv200"] });
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddDays(-3));
        var page = Open(made.Key.Id);
        page.WaitForElement(".unused .mud-button");
        Press(page, () => page.Find(".unused .mud-button"));
        Dialogs.WaitForAssertion(() => Assert.Contains("Narrow key", Dialogs.Markup, StringComparison.Ordinal));
        (await Keys.UpdateAsync(made.Key.Id, made.Key.Settings with { PerMinute = 5 }, Me, Cancellation)).Require();

        Press(Dialogs, "Narrow key");

        Snackbars.WaitForAssertion(() => Assert.Contains("Somebody changed this key meanwhile", Snackbars.Markup, StringComparison.Ordinal));
        var now = (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require();
        Assert.Equal((5, 2), (now.Settings.PerMinute, now.Flows.Count));
    }

    [Fact]
    public async Task An_edit_that_takes_something_away_shows_what_it_would_hit_and_loses_nothing_when_declined()
    {
        var made = await KeyAsync();
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddDays(-1), "10.20.4.17");
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddDays(-1), "10.20.4.18");
        Press(Open(made.Key.Id), "Edit");
        Dialogs.WaitForAssertion(() => Assert.Contains("Save changes", Dialogs.Markup, StringComparison.Ordinal));
        Dialogs.FindAll("textarea")[0].Input("typed before");
        Dialogs.FindAll(".opt").Single(o => o.TextContent.Contains("Read-only", StringComparison.Ordinal)).QuerySelector("input")!.Change(true);
        Press(Dialogs, "Save changes");

        Dialogs.WaitForAssertion(() => Assert.Contains("Of the 2 calls of the last 7 days 2 (100 %) would have been refused, from 2 addresses on 1 flow.", Dialogs.Markup, StringComparison.Ordinal));
        var question = Dialogs.FindAll(".mud-dialog").Single(d => d.TextContent.Contains("Narrow key", StringComparison.Ordinal));
        question.QuerySelectorAll("button").Single(b => b.TextContent.Trim() == "Cancel").Click();
        Dialogs.WaitForAssertion(() => Assert.DoesNotContain("Narrow key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal("typed before", Dialogs.FindAll("textarea")[0].GetAttribute("value"));
        Assert.Equal(KeyPermission.FullAccess, (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Permission);

        Press(Dialogs, "Save changes");
        Dialogs.WaitForAssertion(() => Assert.Contains("Narrow key", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Narrow key");
        Dialogs.WaitForAssertion(() => Assert.DoesNotContain("Save changes", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(KeyPermission.ReadOnly, (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Permission);
    }

    private IRenderedComponent<KeyDetailsPage> Open(string id) => Show<KeyDetailsPage>(p => p.Add(x => x.Id, id));

    private void Choose(string text)
        => Dialogs.FindAll("label").Single(label => label.TextContent.Trim() == text).QuerySelector("input")!.Change(true);
}
