using Bunit;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Components.Shared;

public sealed class SharedPartsTests : PortalBunitContext
{
    [Theory]
    [InlineData(Tone.Ok, "ok")]
    [InlineData(Tone.Warn, "wa")]
    [InlineData(Tone.Bad, "ba")]
    [InlineData(Tone.Off, "of")]
    [InlineData(Tone.Info, "fo")]
    [InlineData(Tone.Accent, "ac")]
    public void A_chip_says_its_status_in_a_word_and_hides_its_icon_from_readers(Tone tone, string style)
    {
        var chip = Show<StatusChip>(p => p.Add(x => x.Tone, tone).Add(x => x.Text, "Active").Add(x => x.Icon, PortalIcons.Dot)).Find(".chip");

        Assert.Equal("Active", chip.TextContent.Trim());
        Assert.Contains(style, chip.ClassList);
        Assert.Equal("true", chip.QuerySelector("svg")!.GetAttribute("aria-hidden"));
    }

    [Fact]
    public void A_page_header_has_one_heading_its_way_here_and_its_actions()
    {
        var shown = Show<PageHeader>(p => p
            .Add(x => x.Title, "erp-order-sync")
            .Add(x => x.Subtitle, "Used by the ERP system")
            .Add(x => x.Crumbs, [("API Keys", "/settings/api-keys"), ("erp-order-sync", null)])
            .AddChildContent("<button>Edit</button>"));

        Assert.Equal("erp-order-sync", shown.Find("h1").TextContent);
        Assert.Equal("Used by the ERP system", shown.Find("p.sub").TextContent);
        Assert.Equal("/settings/api-keys", shown.Find("nav[aria-label=Breadcrumb] a").GetAttribute("href"));
        Assert.Equal("erp-order-sync", shown.Find("[aria-current=page]").TextContent);
        Assert.Equal("Edit", shown.Find(".actions button").TextContent);
    }

    [Fact]
    public async Task A_failed_load_says_what_failed_and_tries_again_on_request()
    {
        var tries = 0;
        var shown = Show<LoadError>(p => p.Add(x => x.Message, "The keys could not be read.").Add(x => x.OnRetry, () => tries++));

        Assert.Contains("The keys could not be read.", shown.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        await PressAsync(shown, "Try again");
        Assert.Equal(1, tries);
    }

    [Fact]
    public void An_empty_list_explains_itself_and_offers_a_way_out()
    {
        var shown = Show<EmptyState>(p => p
            .Add(x => x.Title, "No keys yet")
            .Add(x => x.Text, "A key lets a program call your flows.")
            .AddChildContent("<button>Create API Key</button>"));

        Assert.Equal("No keys yet", shown.Find("h2").TextContent);
        Assert.Equal("A key lets a program call your flows.", shown.Find("p").TextContent);
        Assert.Equal("Create API Key", shown.Find("button").TextContent);
    }

    [Fact]
    public void A_copy_field_shows_its_value_and_leaves_copying_to_the_browser()
    {
        var shown = Show<CopyField>(p => p.Add(x => x.Value, "key_01").Add(x => x.Label, "Key id"));

        Assert.Equal("key_01", shown.Find(".value").TextContent);
        Assert.Equal("key_01", Button(shown, "Copy").GetAttribute("data-copy"));
        Assert.Equal("Key id", shown.Find(".label").TextContent);
    }

    [Fact]
    public void A_copy_button_without_a_text_still_has_a_name()
    {
        var shown = Show<CopyButton>(p => p.Add(x => x.Value, "key_01").Add(x => x.Label, "Copy id"));

        Assert.Equal("key_01", Button(shown, "Copy id").GetAttribute("data-copy"));
    }
}
