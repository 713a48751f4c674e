using Bunit;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Usage.Pages;

public sealed class SparklineTests : PortalBunitContext
{
    [Fact]
    public void It_says_its_numbers_and_fits_its_box()
    {
        var line = Show<Sparkline>(p => p.Add(s => s.Values, new long[] { 0, 1, 500, 0, 20, 1000, 3 }));

        Assert.Equal("1,524 requests in the last 7 days, 3 today", line.Find("svg").GetAttribute("aria-label"));
        var bars = line.FindAll("rect");
        Assert.Equal(7, bars.Count);
        Assert.Equal("24", bars[5].GetAttribute("height"));
        Assert.Equal("3", bars[1].GetAttribute("height"));
        Assert.Equal(84, Number(bars[6].GetAttribute("x")) + Number(bars[6].GetAttribute("width")), 0.05);
    }

    [Fact]
    public void An_unused_key_has_a_flat_line()
        => Assert.Equal("No requests in the last 7 days", Show<Sparkline>(p => p.Add(s => s.Values, null)).Find("svg").GetAttribute("aria-label"));

    private static double Number(string? text) => double.Parse(text!, System.Globalization.CultureInfo.InvariantCulture);
}
