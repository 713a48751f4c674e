using Bunit;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Components.Shared;

public sealed class LocalTimeTests : PortalBunitContext
{
    private static readonly DateTimeOffset Instant = new(2026, 8, 12, 22, 2, 11, 204, TimeSpan.Zero);

    [Theory]
    [InlineData(TimeFormat.Date, "13 Aug 2026")]
    [InlineData(TimeFormat.DateTime, "13 Aug 2026, 00:02")]
    [InlineData(TimeFormat.Precise, "13 Aug 2026, 00:02:11.204")]
    public void It_reads_in_the_viewers_zone_and_shows_UTC_on_hover(TimeFormat format, string expected)
    {
        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");

        var time = Show<LocalTime>(p => p.Add(x => x.Instant, Instant).Add(x => x.Format, format)).Find("time");

        Assert.Equal(expected, time.TextContent);
        Assert.Equal("2026-08-12 22:02:11 UTC", time.GetAttribute("title"));
        Assert.Equal("2026-08-12T22:02:11.204Z", time.GetAttribute("datetime"));
    }

    [Fact]
    public void Whatever_stands_for_no_time_is_text()
    {
        var nothing = Show<LocalTime>(p => p.Add(x => x.Instant, (DateTimeOffset?)null).Add(x => x.Empty, "<b>nie</b> & „nirgends“").Add(x => x.Class, "a\" onclick=\"alert(1)")).Find("span");

        Assert.Equal("<b>nie</b> & „nirgends“", nothing.TextContent);
        Assert.False(nothing.HasAttribute("onclick"));
    }

    [Fact]
    public void A_relative_time_is_exact_on_hover()
    {
        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");

        var time = Show<LocalTime>(p => p.Add(x => x.Instant, Instant).Add(x => x.Format, TimeFormat.Relative)).Find("time");

        Assert.Equal("3 months ago", time.TextContent);
        Assert.Equal("13 Aug 2026, 00:02:11 (Europe/Berlin) · 2026-08-12 22:02:11 UTC", time.GetAttribute("title"));
    }

    [Fact]
    public void It_is_written_anew_when_the_zone_becomes_known()
    {
        var shown = Show<LocalTime>(p => p.Add(x => x.Instant, Instant));
        Assert.Equal("12 Aug 2026, 22:02", shown.Find("time").TextContent);

        Services.GetRequiredService<BrowserTime>().TrySetZone("Europe/Berlin");

        shown.WaitForAssertion(() => Assert.Equal("13 Aug 2026, 00:02", shown.Find("time").TextContent));
    }

    [Fact]
    public async Task A_relative_time_keeps_up_with_the_clock()
    {
        await Services.GetRequiredService<BrowserTime>().StartAsync(JSInterop.JSRuntime, Cancellation);
        var shown = Show<LocalTime>(p => p.Add(x => x.Instant, Clock.GetUtcNow().AddSeconds(-12)).Add(x => x.Format, TimeFormat.Relative));
        Assert.Equal("12 seconds ago", shown.Find("time").TextContent);

        Clock.Advance(TimeSpan.FromMinutes(3));

        shown.WaitForAssertion(() => Assert.Equal("3 minutes ago", shown.Find("time").TextContent));
    }

    [Fact]
    public void Without_an_instant_it_says_so()
    {
        var shown = Show<LocalTime>(p => p.Add(x => x.Instant, null).Add(x => x.Empty, "Never used"));

        Assert.Equal("Never used", shown.Find("span").TextContent);
        Assert.Empty(shown.FindAll("time"));
    }
}
