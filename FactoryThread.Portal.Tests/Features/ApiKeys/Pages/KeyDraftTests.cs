using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class KeyDraftTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_custom_date_ends_at_24_00_in_the_viewers_zone()
    {
        using var berlin = In("Europe/Berlin");
        var draft = new KeyDraft { Choice = ExpirationChoice.Custom, CustomDate = new DateOnly(2027, 2, 28) };

        Assert.Equal(KeyExpiration.Until(new DateTimeOffset(2027, 2, 28, 23, 0, 0, TimeSpan.Zero)), draft.Expiration(berlin));
    }

    [Fact]
    public void Editing_something_else_leaves_an_instant_that_a_program_chose_as_it_is()
    {
        using var berlin = In("Europe/Berlin");
        var at = new DateTimeOffset(2027, 3, 1, 15, 30, 11, TimeSpan.Zero);
        var draft = new KeyDraft(Details(KeyExpiration.Until(at)), berlin, keepExpiration: true) { Name = "renamed-erp-sync" };

        Assert.Equal(KeyExpiration.Until(at), draft.Read(berlin).Settings!.Expiration);
        Assert.True(draft.KeepsExpiration(berlin));

        draft.CustomDate = new DateOnly(2027, 3, 2);

        Assert.Equal(KeyExpiration.Until(new DateTimeOffset(2027, 3, 2, 23, 0, 0, TimeSpan.Zero)), draft.Expiration(berlin));
    }

    [Fact]
    public void The_key_type_preselects_the_expiration_until_one_is_chosen_by_hand()
    {
        var draft = new KeyDraft();
        draft.Choose(KeyKind.Development);
        Assert.Equal(ExpirationChoice.Days30, draft.Choice);

        (draft.Choice, draft.ChoiceIsOwn) = (ExpirationChoice.Year, true);
        draft.Choose(KeyKind.Production);

        Assert.Equal(ExpirationChoice.Year, draft.Choice);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("600", 600)]
    [InlineData("100,000", 100_000)]
    [InlineData("100 000", 100_000)]
    public void Limits_are_read_as_people_write_them(string text, int? limit)
    {
        using var utc = In("UTC");

        Assert.Equal(limit, new KeyDraft { PerDay = text }.Read(utc).Settings!.PerDay);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public void A_limit_that_is_no_number_is_refused_at_its_field(string text)
    {
        using var utc = In("UTC");

        Assert.Equal("limits.perMinute", new KeyDraft { PerMinute = text }.Read(utc).Violation!.Field);
    }

    private static ApiKeyDetails Details(KeyExpiration expiration) => new()
    {
        Id = "key_1",
        Name = "erp-sync",
        Hint = "",
        Expiration = expiration,
        ExpiresAt = expiration.At,
        OwnerId = "1",
        OwnerName = "ada@example.com",
        CreatedBy = "ada@example.com",
    };

    private BrowserTime In(string zone)
    {
        var time = new BrowserTime(_clock);
        Assert.True(time.TrySetZone(zone));
        return time;
    }
}
