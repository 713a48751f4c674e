using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Model;

public sealed class ApiKeyRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, ApiKeySettings> Bad() => new()
    {
        { "name", Given.Settings("  ") },
        { "name", Given.Settings(new string('n', 101)) },
        { "name", Given.Settings("line\nbreak") },
        { "description", Given.Settings() with { Description = new string('d', 1001) } },
        { "flows", Given.Settings(permission: KeyPermission.SpecificFlows) },
        { "flows", Given.Settings(permission: KeyPermission.SpecificFlows, flows: "nowhere") },
        { "expiration", Given.Settings() with { Expiration = KeyExpiration.After(31) } },
        { "expiration", Given.Settings() with { Expiration = KeyExpiration.Until(Now) } },
        { "limits.perMinute", Given.Settings() with { PerMinute = 0 } },
        { "limits.perDay", Given.Settings() with { PerDay = -1 } },
        { "networks", Given.Settings() with { Networks = ["10.0.0.0/33"] } },
        { "networks", Given.Settings() with { Networks = ["intranet"] } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_setting_that_is_not_allowed_is_named_by_its_field(string field, ApiKeySettings settings)
        => Assert.Equal(field, ApiKeyRules.Check(ApiKeyRules.Normalize(settings), id => id == "abc123", Now)?.Field);

    [Fact]
    public void Good_settings_break_no_rule()
    {
        var settings = ApiKeyRules.Normalize(new ApiKeySettings
        {
            Name = "  erp-order-sync-production ",
            Permission = KeyPermission.SpecificFlows,
            Flows = ["abc123", "abc123"],
            Networks = ["10.20.0.0/16", " 192.0.2.7 ", "2001:db8::/32"],
            Expiration = KeyExpiration.Until(Now.AddSeconds(1)),
            PerMinute = int.MaxValue,
        });

        Assert.Null(ApiKeyRules.Check(settings, id => id == "abc123", Now));
        Assert.Equal("erp-order-sync-production", settings.Name);
        Assert.Equal(["abc123"], settings.Flows);
        Assert.Equal(["10.20.0.0/16", "192.0.2.7/32", "2001:db8::/32"], settings.Networks);
    }

    [Theory]
    [InlineData("30d", 30)]
    [InlineData("90d", 90)]
    [InlineData("1y", 365)]
    public void A_period_is_read_and_written_as_the_contract_spells_it(string text, int days)
    {
        Assert.True(KeyExpiration.TryParse(text, out var expiration));
        Assert.Equal(days, expiration.Days);
        Assert.Equal(text, expiration.ToString());
        Assert.Equal(Now.AddDays(days), expiration.From(Now));
    }

    [Theory]
    [InlineData("2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z")]
    [InlineData("2027-01-31T01:00:00+01:00", "2027-01-31T00:00:00Z")]
    [InlineData("never", "never")]
    public void An_instant_is_read_with_its_offset(string text, string expected)
    {
        Assert.True(KeyExpiration.TryParse(text, out var expiration));
        Assert.Equal(expected, expiration.ToString());
    }

    [Theory]
    [InlineData("2027-01-31T00:00:00")]
    [InlineData("2027-01-31")]
    [InlineData("31d")]
    [InlineData("tomorrow")]
    [InlineData("")]
    [InlineData(null)]
    public void An_expiration_that_could_mean_two_things_is_refused(string? text) => Assert.False(KeyExpiration.TryParse(text, out _));
}
