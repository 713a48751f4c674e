using CsCheck;
using FactoryThread.Portal.Features.Access;

namespace FactoryThread.Portal.Tests.Features.Access;

public sealed class SlidingMinuteTests
{
    [Fact]
    public void A_second_is_dropped_when_it_is_wholly_older_than_sixty_seconds()
    {
        var minute = new SlidingMinute();
        minute.Advance(1_000);
        minute.Add(1_000, 3);

        minute.Advance(1_060);
        Assert.Equal(3, minute.Sum);
        Assert.Equal(1, minute.SecondsUntilRoom(1_060_000));

        minute.Advance(1_061);
        Assert.Equal(0, minute.Sum);
    }

    [Fact]
    public void A_long_pause_empties_the_window()
    {
        var minute = new SlidingMinute();
        minute.Advance(5);
        minute.Add(5, 2);
        minute.Advance(5_000_000);

        Assert.Equal(0, minute.Sum);
        Assert.Equal(0, minute.SecondsUntilRoom(5_000_000_000));
    }

    [Fact]
    public void No_sixty_seconds_ever_hold_more_than_the_limit()
        => Gen.Int[0, 900].Array[1, 400].Sample(gaps =>
        {
            const int limit = 10;
            var minute = new SlidingMinute();
            var admitted = new List<long>();
            var now = 1_000_000L;
            foreach (var gap in gaps)
            {
                now += gap;
                minute.Advance(now / 1000);
                if (minute.Sum < limit)
                {
                    minute.Add(now / 1000, 1);
                    admitted.Add(now);
                }
            }

            return admitted.All(start => admitted.Count(at => at >= start && at < start + 60_000) <= limit);
        }, iter: 300);

    [Fact]
    public void The_stated_seconds_are_those_until_the_oldest_is_dropped()
        => Gen.Int[0, 90_000].Array[1, 40].Sample(gaps =>
        {
            var minute = new SlidingMinute();
            var counted = new List<long>();
            var now = 7_000_000L;
            foreach (var gap in gaps)
            {
                now += gap;
                minute.Advance(now / 1000);
                counted.RemoveAll(at => at / 1000 < (now / 1000) - 60);
                Assert.Equal(counted.Count == 0 ? 0 : (int)Math.Ceiling((counted[0] / 1000) + 61 - (now / 1000m)), minute.SecondsUntilRoom(now));
                minute.Add(now / 1000, 1);
                counted.Add(now);
            }
        }, iter: 500);

    [Fact]
    public void After_the_stated_seconds_there_is_room()
        => Gen.Select(Gen.Long[0, 59_999], Gen.Long[0, 59_999]).Sample((first, later) =>
        {
            var minute = new SlidingMinute();
            var start = 7_000_000 + first;
            minute.Advance(start / 1000);
            minute.Add(start / 1000, 1);
            var now = start + later;
            minute.Advance(now / 1000);
            var after = now + (minute.SecondsUntilRoom(now) * 1000L);
            minute.Advance(after / 1000);
            return minute.Sum == 0;
        }, iter: 500);
}
