using Bunit;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Components.Shared;

public sealed class StatusChipTests : PortalBunitContext
{
    [Fact]
    public void Whatever_it_says_is_text()
    {
        const string text = "Größe <script>alert(1)</script> & \"mehr\"";

        var chip = Show<StatusChip>(parameters => parameters.Add(c => c.Tone, Tone.Warn).Add(c => c.Text, text).Add(c => c.Title, "\" onclick=\"alert(1)")).Find("span");

        Assert.Equal(text, chip.TextContent);
        Assert.Equal("\" onclick=\"alert(1)", chip.GetAttribute("title"));
        Assert.False(chip.HasAttribute("onclick"));
        Assert.Empty(chip.Children);
        Assert.Equal("chip wa", chip.ClassName);
    }
}
