using AngleSharp.Dom;
using Bunit;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class KeyListPageTests : KeyListContext
{
    [Fact]
    public void Without_keys_the_page_explains_them_and_offers_the_button()
    {
        var page = Open();

        Assert.Contains("No API keys yet", page.Markup, StringComparison.Ordinal);
        Press(page, "Create your first key");
        Dialogs.WaitForAssertion(() => Assert.Contains("Generate Key", Dialogs.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_keys_a_viewer_is_told_who_makes_them()
    {
        await DemoteAsync(PortalRole.Viewer);

        var page = Open();

        Assert.Contains("Operators and administrators create them", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("Make one", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_keys_for_search_and_create_find_their_places_and_help_is_near()
    {
        var page = Open();

        Assert.Equal("Search keys", Assert.Single(page.FindAll("input[data-search]")).GetAttribute("aria-label"));
        Assert.Equal("Create API Key", Assert.Single(page.FindAll("button[data-create]")).TextContent.Trim());
        Assert.NotEmpty(page.FindAll("a[href='/help/api-keys']"));
    }

    [Fact]
    public async Task A_viewer_sees_the_list_and_nothing_to_change_it_with()
    {
        var made = await KeyAsync();
        await DemoteAsync(PortalRole.Viewer);

        var page = Open();
        OpenMenu(page, made.Key.Name);

        Assert.Contains(made.Token.Hint, page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("Create API Key", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("input[type=checkbox]"));
        Assert.Equal(["Details", "Copy id"], page.FindAll("[role=menuitem]").Select(i => i.TextContent.Trim()));
    }

    [Fact]
    public async Task Whatever_a_key_is_called_is_text()
    {
        const string name = "a<img src=x onerror=alert(1)> & \"b\"";
        await KeyAsync(name);

        var page = Open();

        Assert.Equal(name, page.Find("td.c-name a").TextContent);
        Assert.Empty(page.FindAll("td img"));
        Button(page, $"Actions for {name}");
    }

    [Fact]
    public async Task An_operator_may_stop_an_administrators_key_but_not_change_it()
    {
        var key = await OutrankingKeyAsync();

        var page = Open();
        OpenMenu(page, key.Name);

        Assert.Equal(["Details", "Duplicate", "Copy id", "Revoke", "Report compromised", "Delete"], page.FindAll("[role=menuitem]").Select(i => i.TextContent.Trim()));
    }

    [Fact]
    public async Task A_row_tells_name_hint_environment_use_expiry_and_what_needs_doing()
    {
        var made = await KeyAsync(with: s => s with { Expiration = KeyExpiration.After(30), Kind = KeyKind.Development });
        var nightly = await KeyAsync("ci-pipeline-nightly", KeyEnvironment.Test, s => s with { Expiration = KeyExpiration.Never, Kind = KeyKind.CiCd });
        await UsedAsync(made.Key.Id, Clock.GetUtcNow());
        await AgeAsync(made.Key.Id, 20);

        var row = Row(Open(), "erp-order-sync-production").TextContent;

        Assert.Contains(made.Token.Hint, row, StringComparison.Ordinal);
        Assert.Contains("Live", row, StringComparison.Ordinal);
        Assert.Contains("20 days ago", row, StringComparison.Ordinal);
        Assert.Contains("in 10 days", row, StringComparison.Ordinal);
        Assert.Contains("Active", row, StringComparison.Ordinal);
        Assert.Contains("Expires soon", row, StringComparison.Ordinal);
        Assert.DoesNotContain("Rotation due", row, StringComparison.Ordinal);

        await AgeAsync(made.Key.Id, 75);
        await AgeAsync(nightly.Key.Id, 95);
        var page = Open();

        Assert.Contains("Expired", Row(page, "erp-order-sync-production").TextContent, StringComparison.Ordinal);
        var old = Row(page, "ci-pipeline-nightly").TextContent;
        Assert.Contains("Never used", old, StringComparison.Ordinal);
        Assert.Contains("No expiration", old, StringComparison.Ordinal);
        Assert.Contains("Rotation due", old, StringComparison.Ordinal);
        Assert.Contains("Unused 90 days", old, StringComparison.Ordinal);
        Assert.Contains("2 keys · 1 needs rotation", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_week_of_calls_shows_as_bars_in_the_row()
    {
        var made = await KeyAsync();
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddMinutes(-5));
        await CallAsync(made.Key.Id, Clock.GetUtcNow().AddDays(-2));

        var page = Open();

        Assert.Equal("2 requests in the last 7 days, 1 today", page.Find("svg.sparkline > title").TextContent);
    }

    [Fact]
    public async Task A_filter_goes_into_the_address_and_an_address_into_the_filter()
    {
        await KeyAsync("erp-order-sync-production");
        Clock.Advance(TimeSpan.FromSeconds(1));
        var revoked = await KeyAsync("partner-globex-trial", KeyEnvironment.Test);
        await Keys.RevokeAsync(revoked.Key.Id, null, Me, Cancellation);
        var page = Open();
        Assert.Equal(["partner-globex-trial", "erp-order-sync-production"], Names(page), StringComparer.Ordinal);

        page.Find("select[aria-label=Status]").Change("revoked");
        page.WaitForAssertion(() => Assert.Equal(["partner-globex-trial"], Names(page)));
        Assert.EndsWith("/settings/api-keys?status=revoked", Navigation.Uri, StringComparison.Ordinal);

        Navigation.NavigateTo("/settings/api-keys?environment=live&sort=name");
        page.WaitForAssertion(() => Assert.Equal(["erp-order-sync-production"], Names(page)));
        Assert.Equal("live", page.Find("select[aria-label=Environment]").GetAttribute("value"));
        Assert.Equal("ascending", page.FindAll("th").First(th => th.TextContent.StartsWith("Name", StringComparison.Ordinal)).GetAttribute("aria-sort"));

        Press(page, () => page.FindAll("th button").First(b => b.TextContent.StartsWith("Name", StringComparison.Ordinal)));
        Assert.EndsWith("?environment=live&sort=name&order=desc", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clearing_the_filters_keeps_the_search_and_the_order()
    {
        await KeyAsync("erp-order-sync-production");
        await KeyAsync("mobile-app-v2-access");
        var page = Open("?q=erp&environment=test&sort=name");
        Assert.Contains("No key matches", page.Markup, StringComparison.Ordinal);

        Press(page, "Clear filters");

        page.WaitForAssertion(() => Assert.Equal(["erp-order-sync-production"], Names(page)));
        Assert.EndsWith("/settings/api-keys?q=erp&sort=name", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_run_in_the_address_too()
    {
        for (var i = 0; i < KeyListFilter.RowChoices[0] + 3; i++)
        {
            await KeyAsync($"integration-{i:00}");
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var page = Open();
        Assert.Contains("1–25 of 28", page.Markup, StringComparison.Ordinal);

        Press(page, "Next page");

        page.WaitForAssertion(() => Assert.Equal(["integration-02", "integration-01", "integration-00"], Names(page)));
        Assert.EndsWith("?page=2", Navigation.Uri, StringComparison.Ordinal);
        Assert.True(Button(page, "Next page").HasAttribute("disabled"));
    }

    [Fact]
    public async Task A_page_is_as_long_as_chosen_and_filters_leave_it_so()
    {
        for (var i = 0; i < 28; i++)
        {
            await KeyAsync($"integration-{i:00}");
        }

        var page = Open("?page=2");
        page.Find("select[aria-label='Rows per page']").Change("50");
        page.WaitForAssertion(() => Assert.Contains("1–28 of 28", page.Markup, StringComparison.Ordinal));
        Assert.Equal(28, Names(page).Count);
        Assert.EndsWith("?rows=50", Navigation.Uri, StringComparison.Ordinal);

        Press(page, "Rotation due");
        page.WaitForAssertion(() => Assert.EndsWith("?due=rotation&rows=50", Navigation.Uri, StringComparison.Ordinal));
        page.WaitForAssertion(() => Press(page, "Show all keys"));
        page.WaitForAssertion(() => Assert.EndsWith("?rows=50", Navigation.Uri, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_that_expire_soon_are_listed_alone()
    {
        await KeyAsync("lasting", with: settings => settings with { Expiration = KeyExpiration.Never });
        await KeyAsync("ending", with: settings => settings with { Expiration = KeyExpiration.After(30) });
        var page = Open();
        Press(page, "Expires soon");
        page.WaitForAssertion(() => Assert.EndsWith("?expires=soon", Navigation.Uri, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Contains("No key matches", page.Markup, StringComparison.Ordinal));

        Clock.Advance(TimeSpan.FromDays(17));
        page = Open("?expires=soon&sort=name");
        Assert.Equal(["ending"], Names(page));

        page.Find("select[aria-label='Sort by']").Change("1");
        page.WaitForAssertion(() => Assert.EndsWith("?expires=soon&sort=created&order=asc", Navigation.Uri, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_row_menu_offers_what_the_state_of_the_key_allows()
    {
        var made = await KeyAsync();
        Assert.Equal(["Details", "Edit", "Regenerate", "Duplicate", "Copy id", "Revoke", "Report compromised", "Delete"], Menu());

        await Keys.RevokeAsync(made.Key.Id, null, Me, Cancellation);
        Assert.Equal(["Details", "Duplicate", "Copy id", "Delete"], Menu());

        List<string> Menu()
        {
            var page = Open();
            OpenMenu(page, "erp-order-sync-production");
            return [.. page.FindAll("[role=menuitem]").Select(item => item.TextContent.Trim())];
        }
    }

    // What portal.js makes of the click.
    private static void OpenMenu(IRenderedComponent<KeyListPage> page, string name)
    {
        var button = Button(page, $"Actions for {name}");
        button.TriggerEvent("onrowmenu", new RowEventArgs { Id = button.Id });
    }

    private static IElement Row(IRenderedComponent<KeyListPage> page, string name)
        => page.FindAll("tbody tr").First(row => row.QuerySelector("a")!.TextContent == name);
}
