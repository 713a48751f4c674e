using Bunit;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Usage.Pages;

public sealed class SparklineTests : PortalBunitContext
{
    [Fact]
    public void It_says_its_numbers_and_draws_them_in_scale()
    {
        var line = Render(b => b.AddContent(0, Sparkline.Of([0, 1, 500, 0, 20, 1000, 3])));

        Assert.Equal("1,524 requests in the last 7 days, 3 today", line.Find("svg[role=img] > title").TextContent);
        Assert.Equal("M6 24v-1M42 24v-1", line.Find("path.none").GetAttribute("d"));
        Assert.Equal("M18 24v-3M30 24v-12M54 24v-3M66 24v-24M78 24v-3", line.Find("path:not(.none)").GetAttribute("d"));
    }

    [Fact]
    public void An_unused_key_has_a_flat_line()
        => Assert.Equal("No requests in the last 7 days", Render(b => b.AddContent(0, Sparkline.Of(null))).Find("svg[role=img] > title").TextContent);
}
