using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Audit.Model;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class HistoryLineTests
{
    [Fact]
    public void A_change_reads_before_and_after_in_words()
    {
        var line = Line("api_key.updated", """
            {"permission":{"from":"full_access","to":"specific_flows"},"flows":{"from":"","to":"abc123"},"perMinute":{"from":null,"to":50},
             "expiration":{"from":"90d","to":"2027-03-01T00:00:00Z"},"allowInUrl":{"from":true,"to":false},"networks":{"from":"","to":"10.0.0.0/8"}}
            """);

        Assert.Equal("Changed", line.Title);
        Assert.Equal(
            [
                new HistoryChange("Permission", "All flows", "Specific flows"),
                new HistoryChange("Flows", null, "abc123"),
                new HistoryChange("Requests per minute", "default", "50"),
                new HistoryChange("Expiration", "90 days", "on 2027-03-01"),
                new HistoryChange("Allow in URL", "yes", "no"),
                new HistoryChange("Networks", "any", "10.0.0.0/8"),
            ],
            line.Changes);
    }

    [Fact]
    public void A_new_key_tells_what_it_was_made_with()
        => Assert.Equal(
            [
                new HistoryChange("Environment", null, "live"),
                new HistoryChange("Key type", null, "CI/CD"),
                new HistoryChange("Permission", null, "Read-only"),
                new HistoryChange("Expires", null, "never"),
                new HistoryChange("Value", null, "ft_live_Ab3d…x9Qz"),
            ],
            Line("api_key.created", """{"environment":"live","kind":"ci_cd","permission":"read_only","flows":[],"expiresAt":null,"hint":"ft_live_Ab3d…x9Qz"}""").Changes);

    [Fact]
    public void A_new_value_shows_the_old_and_the_new_hint()
        => Assert.Equal(
            [new HistoryChange("Value", "ft_live_Ab3d…x9Qz", "ft_live_9kTr…0fLm"), new HistoryChange("Expires", null, "on 2027-02-22")],
            Line("api_key.regenerated", """{"from":"ft_live_Ab3d…x9Qz","to":"ft_live_9kTr…0fLm","expiresAt":"2027-02-22T12:00:00+00:00"}""").Changes);

    [Fact]
    public void An_overlap_and_its_end_read_in_words()
    {
        var begun = Line("api_key.regenerated", """{"from":"a…b","to":"c…d","expiresAt":null,"previousValidUntil":"2026-11-25T12:00:00+00:00"}""");
        var ended = Line("api_key.previous_retired", """{"hint":"a…b","previousValidUntil":{"from":"2026-11-25T12:00:00+00:00","to":"2026-11-24T12:00:00+00:00"}}""");

        Assert.Equal("Regenerated: a new value was issued, the old one stays valid for a while", begun.Title);
        Assert.Contains(new HistoryChange("Old value valid until", null, "on 2026-11-25"), begun.Changes);
        Assert.Equal("The old value was retired: only the current one is accepted", ended.Title);
        Assert.Contains(new HistoryChange("Old value valid until", "on 2026-11-25", "on 2026-11-24"), ended.Changes);
    }

    [Fact]
    public void A_revocation_without_a_reason_says_nothing_more()
        => Assert.Empty(Line("api_key.revoked", """{"reason":null}""").Changes);

    private static HistoryLine Line(string action, string details)
        => HistoryLine.Of(
            AuditEntry.Create(DateTimeOffset.UnixEpoch, Actor.System, action, "key_1", "erp", details),
            instant => instant.ToString("'on' yyyy-MM-dd", CultureInfo.InvariantCulture));
}
