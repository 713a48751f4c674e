using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class BrowserTimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Noon);

    [Theory]
    [InlineData(0, "just now")]
    [InlineData(-12, "12 seconds ago")]
    [InlineData(-60, "1 minute ago")]
    [InlineData(-3 * 60, "3 minutes ago")]
    [InlineData(-3600, "1 hour ago")]
    [InlineData(-23 * 3600, "23 hours ago")]
    [InlineData(-30 * 3600, "yesterday")]
    [InlineData(-3 * 86400, "3 days ago")]
    [InlineData(-245 * 86400, "8 months ago")]
    [InlineData(-800 * 86400, "2 years ago")]
    [InlineData(1, "in 1 second")]
    [InlineData(30 * 3600, "tomorrow")]
    [InlineData(12 * 86400, "in 12 days")]
    [InlineData(337 * 86400, "in 337 days")]
    public void Relative_times_read_as_a_person_would_say_them(int seconds, string expected)
    {
        using var time = new BrowserTime(_clock);

        Assert.Equal(expected, time.Format(Noon.AddSeconds(seconds), TimeFormat.Relative));
    }

    [Fact]
    public void Until_the_zone_is_known_times_are_in_UTC_and_afterwards_in_the_zone()
    {
        using var time = new BrowserTime(_clock);
        var announced = 0;
        time.Changed += () => announced++;
        Assert.Equal("24 Nov 2026, 12:00", time.Format(Noon, TimeFormat.DateTime));

        Assert.True(time.TrySetZone("America/New_York"));
        Assert.True(time.TrySetZone("America/New_York"));

        Assert.Equal("24 Nov 2026, 07:00", time.Format(Noon, TimeFormat.DateTime));
        Assert.Equal("24 Nov 2026, 07:00:00.000", time.Format(Noon, TimeFormat.Precise));
        Assert.Equal(1, announced);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Nowhere/Land")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    public void A_zone_that_is_none_changes_nothing(string? name)
    {
        using var time = new BrowserTime(_clock);

        Assert.False(time.TrySetZone(name));
        Assert.False(time.IsKnown);
        Assert.Equal(TimeZoneInfo.Utc, time.Zone);
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-12-31", "2026-12-31T23:00:00Z")]
    [InlineData("Europe/Berlin", "2026-07-01", "2026-07-01T22:00:00Z")]
    [InlineData("Asia/Kathmandu", "2026-12-31", "2026-12-31T18:15:00Z")]
    // Beirut's clocks go from 0:00 to 1:00 in the night to 29 March: the 28th ends where the 29th can begin.
    [InlineData("Asia/Beirut", "2026-03-28", "2026-03-28T22:00:00Z")]
    // In Azores clocks go back from 1:00 to 0:00: the day begins at the first of the two midnights.
    [InlineData("Atlantic/Azores", "2026-10-24", "2026-10-25T00:00:00Z")]
    public void A_day_ends_at_24_00_of_the_viewers_zone(string zone, string day, string expected)
    {
        using var time = new BrowserTime(_clock);
        Assert.True(time.TrySetZone(zone));

        Assert.Equal(DateTimeOffset.Parse(expected, null), time.EndOf(DateOnly.Parse(day, null)));
    }
}
