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

        Assert.Equal("1,524 requests in the last 7 days, 3 today", line.Find("svg").GetAttribute("aria-label"));
        var paths = line.FindAll("path").Select(p => p.GetAttribute("d")).ToArray();
        Assert.Equal("M1 24v-1h10V24zM37 24v-1h10V24z", paths[0]);
        Assert.Equal("M13 24v-3h10V24zM25 24v-12h10V24zM49 24v-3h10V24zM61 24v-24h10V24zM73 24v-3h10V24z", paths[1]);
    }

    [Fact]
    public void An_unused_key_has_a_flat_line()
        => Assert.Equal("No requests in the last 7 days", Render(b => b.AddContent(0, Sparkline.Of(null))).Find("svg").GetAttribute("aria-label"));
}
