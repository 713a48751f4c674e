using AngleSharp.Dom;
using Bunit;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class KeyDetailsPageTests : KeyPagesContext
{
    [Fact]
    public void An_unknown_key_is_told_kindly()
    {
        var page = Open("key_doesnotexist0000");

        Assert.Contains("There is no such key", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Go to API Keys", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_sees_the_key_without_the_actions()
    {
        var made = await KeyAsync();
        (await Keys.RegenerateAsync(made.Key.Id, Me, Cancellation, TimeSpan.FromDays(7))).Require();
        await DemoteAsync(PortalRole.Viewer);

        var page = Open(made.Key.Id);

        page.WaitForAssertion(() => Assert.Contains("Configuration", page.Markup, StringComparison.Ordinal));
        Assert.Contains("Old value still valid", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(page.FindAll("button"), b => b.TextContent.Trim() is "Edit" or "Regenerate" or "Revoke" or "Retire now" || b.GetAttribute("aria-label") == "More actions");
    }

    [Fact]
    public async Task An_operator_is_told_that_an_administrators_key_can_be_stopped_but_not_changed()
    {
        var page = Open((await OutrankingKeyAsync()).Id);

        page.WaitForAssertion(() => Assert.Contains("The owner, root@example.test, is an administrator: only administrators change this key", page.Markup, StringComparison.Ordinal));
        var offered = page.FindAll("button").Select(b => b.TextContent.Trim()).ToList();
        Assert.Contains("Revoke", offered);
        Assert.DoesNotContain(offered, text => text is "Edit" or "Regenerate");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("history")]
    public async Task A_reported_key_leads_to_its_incident_report(string? tab)
    {
        var made = await KeyAsync();
        (await Services.GetRequiredService<IncidentService>().ReportAsync(made.Key.Id, new CompromiseWish(Clock.GetUtcNow(), null, Replace: false), Me, Cancellation)).Require();

        var page = Open(made.Key.Id, tab);

        page.WaitForAssertion(() => Assert.Contains(page.FindAll(tab is null ? ".note a" : "[role=tabpanel] a"), a => a.TextContent == "Incident report" && a.GetAttribute("href") == $"/settings/api-keys/{made.Key.Id}/incident"));
    }

    [Fact]
    public async Task The_overview_shows_the_whole_configuration()
    {
        var made = await KeyAsync(with: s => s with
        {
            Description = "Used by the ERP system",
            Permission = KeyPermission.SpecificFlows,
            Flows = [Flow],
            Kind = KeyKind.Partner,
            PerMinute = 50,
            Networks = ["10.20.0.0/16"],
            AllowInUrl = false,
        });
        await Keys.NoteStorageAsync(made.Key.Id, "Vault, integrations/erp", Me, Cancellation);

        var page = Open(made.Key.Id);
        page.WaitForAssertion(() => Assert.Contains("Published", page.Markup, StringComparison.Ordinal));
        var text = page.Find("[role=tabpanel]").TextContent;

        foreach (var shown in new[]
        {
            "Specific flows", Flow, "Published", "Partner", "every 180 days", "22 Feb 2027", "50 per minute", "100,000 per day (default)", "10.20.0.0/16", "Refused",
            "ada@example.test", "Vault, integrations/erp", "Never used",
        })
        {
            Assert.Contains(shown, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_overview_shows_how_the_key_is_used_and_from_where()
    {
        var made = await KeyAsync(with: s => s with { Permission = KeyPermission.SpecificFlows, Flows = [Flow, "inv200"], PerDay = 200 });
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-30), "10.20.4.18", Outcome.Failed);
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-20));
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-10));
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-5));

        var page = Open(made.Key.Id);

        page.WaitForAssertion(() => Assert.Equal(["4", "75 %", "41 ms", "2 %"], page.FindAll(".kpi .v").Select(v => v.TextContent)));
        var tables = page.FindAll("table");
        Assert.Contains("5 minutes ago", tables[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("No call", tables[0].TextContent, StringComparison.Ordinal);
        Assert.Equal(["10.20.4.17", "10.20.4.18"], page.FindAll("table")[1].QuerySelectorAll("tbody td:first-child").Select(cell => cell.TextContent));
        Assert.Contains("erp-sync/2.1", tables[1].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Regenerating_a_live_key_in_use_asks_for_its_name_and_reveals_a_new_value()
    {
        var made = await KeyAsync();
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-5), "10.20.4.18");
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-4));
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-3));
        var page = Open(made.Key.Id);

        Press(page, "Regenerate");
        Dialogs.WaitForAssertion(() => Assert.Contains("Used 3 minutes ago from 2 addresses; 3 calls today on 1 flow.", Dialogs.Markup, StringComparison.Ordinal));
        Assert.True(Button(Dialogs, "Regenerate key").HasAttribute("disabled"));
        Named("Type the key name").Input("erp-order-sync");
        Assert.True(Button(Dialogs, "Regenerate key").HasAttribute("disabled"));

        Named("Type the key name").Input("erp-order-sync-production");
        Press(Dialogs, "Regenerate key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        var now = (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require();
        Assert.NotEqual(made.Token.Hint, now.Hint);
        var fresh = (string)JSInterop.Invocations.Single(i => i.Identifier == "open").Arguments[1]!;
        Assert.True(ApiKeyToken.IsWellFormed(fresh));
        Assert.DoesNotContain(fresh, Everything(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_examples_beside_a_new_value_name_a_flow_that_can_be_called()
    {
        var made = await KeyAsync(environment: KeyEnvironment.Test, with: s => s with { Permission = KeyPermission.SpecificFlows, Flows = [Flow, "inv200"] });
        await UnpublishAsync(Flow);

        Press(Open(made.Key.Id), "Regenerate");
        Dialogs.WaitForAssertion(() => Assert.NotNull(Button(Dialogs, "Regenerate key")));
        Press(Dialogs, "Regenerate key");

        Dialogs.WaitForAssertion(() => Assert.Contains("/flows/inv200/execute", Dialogs.Find("[data-example]").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_nobody_uses_is_regenerated_without_typing()
    {
        var made = await KeyAsync(environment: KeyEnvironment.Test);
        Press(Open(made.Key.Id), "Regenerate");

        Dialogs.WaitForAssertion(() => Assert.Contains("Never used.", Dialogs.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("Type the key name", Dialogs.Markup, StringComparison.Ordinal);
        Assert.False(Button(Dialogs, "Regenerate key").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Revoking_takes_a_reason_and_gives_a_receipt_to_the_millisecond()
    {
        Clock.SetUtcNow(new DateTimeOffset(2026, 11, 24, 14, 2, 11, 204, TimeSpan.Zero));
        var made = await KeyAsync();
        var page = Open(made.Key.Id);

        Press(page, "Revoke");
        Dialogs.WaitForAssertion(() => Assert.Contains("This cannot be undone.", Dialogs.Markup, StringComparison.Ordinal));
        Dialogs.Find("textarea").Input("Partner left");
        Press(Dialogs, "Revoke key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Refused since 14:02:11.204", Dialogs.Markup, StringComparison.Ordinal));
        Press(Dialogs, "Close");
        page.WaitForAssertion(() => Assert.Contains("Reason: Partner left", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain(page.FindAll("button"), b => b.TextContent.Trim() is "Edit" or "Regenerate" or "Revoke");
        Assert.Equal("every 90 days", Assert.Single(page.FindAll("dt"), term => term.TextContent == "Rotation").NextElementSibling!.TextContent.Trim());
        Assert.Equal((KeyStatus.Revoked, "Partner left"), (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require() is var key ? (key.Status, key.RevokedReason!) : default);
    }

    [Fact]
    public async Task A_live_key_used_within_a_day_is_revoked_after_its_name_and_what_is_wrong_with_the_reason_is_told()
    {
        var made = await KeyAsync();
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddHours(-23));
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddHours(-22), outcome: Outcome.Refused);
        var page = Open(made.Key.Id);

        Press(page, "Revoke");
        Dialogs.WaitForAssertion(() => Assert.True(Button(Dialogs, "Revoke key").HasAttribute("disabled")));
        Assert.Contains("Of the 1 call let through in the last 7 days 100 % would have been refused.", Dialogs.Markup, StringComparison.Ordinal);
        Named("Type the key name").Input("erp-order-sync-production");
        Dialogs.Find("textarea").Input($"leaked {made.Token.Reveal()}");
        Press(Dialogs, "Revoke key");

        Dialogs.WaitForAssertion(() => Assert.Contains("The reason contains an API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(KeyStatus.Active, (await Keys.GetAsync(made.Key.Id, Me, Cancellation)).Require().Status);
    }

    [Fact]
    public async Task Deleting_warns_of_an_active_key_and_leaves_it_readable()
    {
        var made = await KeyAsync();
        var page = Open(made.Key.Id);

        Press(page, "More actions");
        page.WaitForElements("[role=menuitem]");
        Press(page, () => page.FindAll("[role=menuitem]").First(i => i.TextContent.Trim() == "Delete"));
        Dialogs.WaitForAssertion(() => Assert.Contains("it stops working at once", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Contains("its usage and log stay", Dialogs.Markup, StringComparison.Ordinal);
        Press(Dialogs, "Delete key");

        page.WaitForAssertion(() => Assert.Contains("kept for the record", page.Markup, StringComparison.Ordinal));
        Assert.Empty(await AllAsync());
        Assert.Single(await AllAsync(KeyStatus.Deleted));
        Assert.Contains("removed from the list", Snackbars.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_live_key_used_within_a_day_is_deleted_after_its_name()
    {
        var made = await KeyAsync();
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddHours(-23));
        var page = Open(made.Key.Id);

        Press(page, "More actions");
        page.WaitForElements("[role=menuitem]");
        Press(page, () => page.FindAll("[role=menuitem]").First(i => i.TextContent.Trim() == "Delete"));
        Dialogs.WaitForAssertion(() => Assert.True(Button(Dialogs, "Delete key").HasAttribute("disabled")));
        Named("Type the key name").Input("erp-order-sync");
        Assert.True(Button(Dialogs, "Delete key").HasAttribute("disabled"));
        Named("Type the key name").Input("erp-order-sync-production");
        Press(Dialogs, "Delete key");

        page.WaitForAssertion(() => Assert.Contains("kept for the record", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Editing_saves_the_change_and_the_history_tells_before_and_after()
    {
        var made = await KeyAsync();
        var page = Open(made.Key.Id);
        Press(page, "Edit");
        Dialogs.WaitForAssertion(() => Assert.Equal("erp-order-sync-production", Named("Key name").GetAttribute("value")));

        Named("Key name").Input("erp-order-sync-live");
        Named("Requests per minute").Input("50");
        Press(Dialogs, "Save changes");
        page.WaitForAssertion(() => Assert.Equal("erp-order-sync-live", page.Find("h1").TextContent));

        Navigation.NavigateTo($"/settings/api-keys/{made.Key.Id}?tab=history");
        var history = Open(made.Key.Id, "history");
        history.WaitForAssertion(() => Assert.Equal(2, history.FindAll(".history li").Count));
        var newest = history.Find(".history li").TextContent;
        Assert.Contains("erp-order-sync-production", newest, StringComparison.Ordinal);
        Assert.Contains("erp-order-sync-live", newest, StringComparison.Ordinal);
        Assert.Contains("Requests per minute", newest, StringComparison.Ordinal);
        Assert.Contains("ada@example.test", newest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_tab_has_an_address_and_shows_its_part()
    {
        var made = await KeyAsync();
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-5));
        var page = Open(made.Key.Id);
        Assert.Equal(
            ["Overview", "Usage?tab=usage", "Requests?tab=requests", "History?tab=history"],
            page.FindAll("a[role=tab]").Select(tab => tab.TextContent + new Uri(new Uri("http://x"), tab.GetAttribute("href")).Query));

        Navigation.NavigateTo($"/settings/api-keys/{made.Key.Id}?tab=usage");
        page.WaitForAssertion(() => Assert.Contains("Export Usage", page.Markup, StringComparison.Ordinal));

        Navigation.NavigateTo($"/settings/api-keys/{made.Key.Id}?tab=requests");
        page.WaitForAssertion(() => Assert.Contains("10.20.4.17", page.Find("[role=tabpanel]").TextContent, StringComparison.Ordinal));

        Navigation.NavigateTo($"/settings/api-keys/{made.Key.Id}?tab=history");
        page.WaitForAssertion(() => Assert.Contains("Created", page.Find("[role=tabpanel]").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_open_page_loads_nothing_more_of_a_key_that_its_reader_may_see_no_longer()
    {
        var owner = await AddUserAsync("root@example.test", administrator: true);
        var key = (await Keys.CreateAsync(new NewApiKey(new ApiKeySettings { Name = "of-somebody-else" }, KeyEnvironment.Live, owner), Me, Cancellation)).Require().Key;
        await CallAsync(key.Id, Clock.GetUtcNow().AddMinutes(-5));
        var page = Open(key.Id);
        await DemoteAsync();

        foreach (var tab in new[] { "usage", "requests", "history" })
        {
            Navigation.NavigateTo($"/settings/api-keys/{key.Id}?tab={tab}");
            page.WaitForAssertion(() => Assert.Contains("There is no such key, or it is not yours to see.", page.Find("[role=tabpanel]").TextContent, StringComparison.Ordinal));
        }

        Assert.DoesNotContain("10.20.4.17", page.Find("[role=tabpanel]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_people_do_not_overwrite_each_other()
    {
        var made = await KeyAsync();
        var page = Open(made.Key.Id);
        Press(page, "Edit");
        Dialogs.WaitForAssertion(() => Assert.NotNull(Named("Key name")));
        await Keys.UpdateAsync(made.Key.Id, made.Key.Settings with { PerMinute = 5 }, Me, Cancellation);

        Named("Key name").Input("erp-order-sync-live");
        Press(Dialogs, "Save changes");

        Dialogs.WaitForAssertion(() => Assert.Contains("Somebody changed this key meanwhile", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal("erp-order-sync-live", Named("Key name").GetAttribute("value"));
    }

    private IRenderedComponent<KeyDetailsPage> Open(string id, string? tab = null)
    {
        Navigation.NavigateTo($"/settings/api-keys/{id}{(tab is null ? "" : $"?tab={tab}")}");
        var page = Show<KeyDetailsPage>(parameters => parameters.Add(p => p.Id, id));
        page.WaitForAssertion(() => Assert.DoesNotContain("Loading key", page.Markup, StringComparison.Ordinal));
        return page;
    }

    private IElement Named(string label)
        => Dialogs.Find($"#{Dialogs.FindAll("label").First(l => l.TextContent.Trim() == label).GetAttribute("for")}");
}
