using FactoryThread.Portal.Features.Alerts.Model;

namespace FactoryThread.Portal.Tests.Features.Alerts.Model;

public sealed class AlertModelTests
{
    [Fact]
    public void The_kinds_stand_at_their_own_index() => Assert.All(AlertKindInfo.All, info => Assert.Same(info, AlertKindInfo.Of(info.Kind)));

    [Theory]
    [InlineData(null, 100L, "threshold", "Enter a threshold from 1.5 to 1000 (times the usual), such as 4.")]
    [InlineData(1.4, 100L, "threshold", "Enter a threshold from 1.5 to 1000 (times the usual), such as 4.")]
    [InlineData(1000.5, 100L, "threshold", "Enter a threshold from 1.5 to 1000 (times the usual), such as 4.")]
    [InlineData(double.NaN, 100L, "threshold", "Enter a threshold from 1.5 to 1000 (times the usual), such as 4.")]
    [InlineData(4.0, null, "minimum", "Enter from how many requests in the hour the rule looks at all, 1 or more, such as 100.")]
    [InlineData(4.0, 0L, "minimum", "Enter from how many requests in the hour the rule looks at all, 1 or more, such as 100.")]
    public void A_rule_without_its_numbers_is_refused_with_the_field_and_the_fix(double? threshold, long? minimum, string field, string message)
    {
        var violation = new RuleSettings(true, threshold, minimum).Check(AlertKind.UnusualRate)!;

        Assert.Equal((field, message), (violation.Field, violation.Message));
    }

    [Fact]
    public void The_defaults_are_allowed() => Assert.All(AlertKindInfo.All, info => Assert.Null(RuleSettings.Default(info.Kind).Check(info.Kind)));

    [Theory]
    [InlineData(ChannelType.Mail, "", "1 to 20 mail addresses")]
    [InlineData(ChannelType.Mail, "ops@example.test, nobody", "'nobody' is not a mail address")]
    [InlineData(ChannelType.Mail, "Ops <ops@example.test>", "is not a mail address")]
    [InlineData(ChannelType.Webhook, "hooks.example.test", "begins with https:// or http://")]
    [InlineData(ChannelType.Webhook, "ftp://hooks.example.test/", "begins with https:// or http://")]
    [InlineData(ChannelType.Webhook, "file:///etc/passwd", "begins with https:// or http://")]
    [InlineData(ChannelType.Webhook, "https://me:secret@hooks.example.test/", "Leave user name and password out")]
    public void A_target_that_cannot_work_is_refused(ChannelType type, string target, string said)
    {
        var violation = new ChannelSettings(type, target, ChannelPace.AtOnce, AlertLevel.Notice).Check()!;

        Assert.Equal("target", violation.Field);
        Assert.Contains(said, violation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=")]
    [InlineData("whsec_not base64 at all, but long enough for one")]
    public void A_secret_must_be_one(string secret)
        => Assert.Equal("secret", new ChannelSettings(ChannelType.Webhook, "https://example.test", ChannelPace.AtOnce, AlertLevel.Notice, Secret: secret).Check()?.Field);

    [Fact]
    public void A_new_secret_is_one_and_is_not_printed()
    {
        var settings = new ChannelSettings(ChannelType.Webhook, "https://example.test", ChannelPace.AtOnce, AlertLevel.Notice, Secret: ChannelSettings.NewSecret());

        Assert.Null(settings.Check());
        Assert.DoesNotContain("whsec_", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Mail_is_off_without_a_host_and_half_a_configuration_is_named()
    {
        Assert.True(Validate(new()).Succeeded);
        Assert.Contains("Alerts:Smtp:From", Validate(new() { Host = "mail.example.test" }).FailureMessage, StringComparison.Ordinal);
        Assert.Contains("Alerts:Smtp:Host", Validate(new() { From = "portal@example.test" }).FailureMessage, StringComparison.Ordinal);
        Assert.Contains("Alerts:Smtp:Port", Validate(new() { Port = 0 }).FailureMessage, StringComparison.Ordinal);
        Assert.Contains("Alerts:Smtp:Password", Validate(new() { Host = "mail.example.test", From = "portal@example.test", User = "portal" }).FailureMessage, StringComparison.Ordinal);
        Assert.Contains(
            "Alerts:Smtp:Security",
            Validate(new() { Host = "mail.example.test", From = "portal@example.test", User = "portal", Password = "p", Security = SmtpSecurity.None }).FailureMessage,
            StringComparison.Ordinal);

        static Microsoft.Extensions.Options.ValidateOptionsResult Validate(AlertOptions.SmtpOptions smtp) => new ValidateAlertOptions().Validate(null, new AlertOptions { Smtp = smtp });
    }
}
