using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Access;

public sealed class SteadyClockTests
{
    [Fact]
    public void A_clock_set_back_does_not_set_verdicts_back()
    {
        var time = new SettableClock();
        var clock = new SteadyClock(time);
        var before = clock.NowMilliseconds();

        time.Wall -= TimeSpan.FromDays(1);
        time.Monotonic += TimeSpan.FromSeconds(10);

        Assert.Equal(before + 10_000, clock.NowMilliseconds());
    }

    [Fact]
    public void A_clock_set_forward_is_followed_and_never_left_again()
    {
        var time = new SettableClock();
        var clock = new SteadyClock(time);

        time.Wall += TimeSpan.FromHours(1);
        Assert.Equal(time.Wall.ToUnixTimeMilliseconds(), clock.NowMilliseconds());

        var ahead = clock.NowMilliseconds();
        time.Wall -= TimeSpan.FromHours(1);
        Assert.Equal(ahead, clock.NowMilliseconds());
    }
}
