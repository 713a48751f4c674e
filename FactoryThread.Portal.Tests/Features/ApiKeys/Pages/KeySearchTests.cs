using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

/// <summary>The search above the list of keys.</summary>
public sealed class KeySearchTests : KeyListContext
{
    [Fact]
    public async Task Typing_searches_once_it_pauses_and_no_match_offers_all_keys()
    {
        await KeyAsync("erp-order-sync-production", with: s => s with { Description = "Halle 7" });
        await KeyAsync("mobile-app-v2-access");
        var page = Open();

        await TypeAsync(page, "halle");
        page.WaitForAssertion(() => Assert.Equal(["erp-order-sync-production"], Names(page)));
        Assert.EndsWith("?q=halle", Navigation.Uri, StringComparison.Ordinal);

        await TypeAsync(page, "nothing like that");
        page.WaitForAssertion(() => Assert.Contains("No key matches", page.Markup, StringComparison.Ordinal));
        Assert.Contains("Nothing has “nothing like that” in its", page.Markup, StringComparison.Ordinal);

        Press(page, "Show all keys");
        page.WaitForAssertion(() => Assert.Equal(2, Names(page).Count));
    }

    [Fact]
    public async Task A_search_shows_its_first_rows_before_it_has_counted_them()
    {
        for (var i = 0; i < 26; i++)
        {
            await KeyAsync($"erp-{i}");
            await KeyAsync($"mobile-{i}");
        }

        var page = Open("?sort=name&q=mobile");
        Assert.Contains("1–25 of …", page.Markup, StringComparison.Ordinal);
        Assert.All(Names(page), name => Assert.StartsWith("mobile-", name, StringComparison.Ordinal));

        await page.InvokeAsync(() => Clock.Advance(TimeSpan.FromSeconds(1)));
        page.WaitForAssertion(() => Assert.Contains("1–25 of 26", page.Markup, StringComparison.Ordinal));

        // Another selection is counted anew, another order of the same one is not waited for.
        Navigation.NavigateTo("/settings/api-keys?sort=name&q=mobile&environment=live");
        page.WaitForAssertion(() => Assert.Contains("1–25 of …", page.Markup, StringComparison.Ordinal));
        await page.InvokeAsync(() => Clock.Advance(TimeSpan.FromSeconds(1)));
        page.WaitForAssertion(() => Assert.Contains("1–25 of 26", page.Markup, StringComparison.Ordinal));
        Navigation.NavigateTo("/settings/api-keys?q=mobile&environment=live&page=2");
        page.WaitForAssertion(() => Assert.Contains("26–26 of 26", page.Markup, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("Bearer {0}")]
    [InlineData("https://portal/flows/abc123/execute?api_key={0}")]
    public async Task A_pasted_key_is_found_by_its_hash_and_only_its_hint_is_ever_seen(string pasted)
    {
        var wanted = await KeyAsync("erp-order-sync-production");
        await KeyAsync("mobile-app-v2-access");
        var secret = wanted.Token.Reveal();
        var page = Open();
        var addresses = new List<string>();
        Navigation.LocationChanged += (_, change) => addresses.Add(change.Location);

        page.Find("[data-search]").Input(pasted.Replace("{0}", secret, StringComparison.Ordinal));

        page.WaitForAssertion(() => Assert.Equal(["erp-order-sync-production"], Names(page)));
        Assert.Equal(wanted.Token.Hint, page.Find("[data-search]").GetAttribute("value"));
        Assert.Contains("replaced by its hint", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, page.Markup, StringComparison.Ordinal);
        Assert.All(addresses, address => Assert.DoesNotContain(secret[8..], address, StringComparison.Ordinal));
        Assert.NotEmpty(addresses);
    }

    [Fact]
    public async Task A_key_that_nobody_knows_or_half_a_key_gets_into_no_address()
    {
        await KeyAsync();
        var page = Open();
        var before = Navigation.Uri;
        var stranger = ApiKeyToken.Create(KeyEnvironment.Live).Reveal();

        page.Find("[data-search]").Input(stranger);
        page.WaitForAssertion(() => Assert.Contains("No key here has the value", page.Markup, StringComparison.Ordinal));
        Assert.Equal("", page.Find("[data-search]").GetAttribute("value") ?? "");

        await TypeAsync(page, stranger[..30]);
        page.WaitForAssertion(() => Assert.Contains("typing error", page.Markup, StringComparison.Ordinal));

        Assert.Equal(before, Navigation.Uri);
        Assert.DoesNotContain(stranger[..30], page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_the_address_is_replaced_at_once()
    {
        var made = await KeyAsync();
        Navigation.NavigateTo($"/settings/api-keys?q={made.Token.Reveal()}");
        var page = Show<KeyListPage>();

        page.WaitForAssertion(() => Assert.Equal(["erp-order-sync-production"], Names(page)));
        Assert.DoesNotContain(made.Token.Reveal(), Everything(page), StringComparison.Ordinal);
    }

    /// <summary>Types and pauses. On the page's own dispatcher, because the pause begins only once the page is free to take the letters.</summary>
    private async Task TypeAsync(IRenderedComponent<KeyListPage> page, string text)
    {
        await page.InvokeAsync(() => page.Find("[data-search]").Input(text));
        Clock.Advance(TimeSpan.FromSeconds(1));
    }
}
