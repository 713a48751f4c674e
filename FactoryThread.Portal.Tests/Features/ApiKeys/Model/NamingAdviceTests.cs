using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Model;

public sealed class NamingAdviceTests
{
    [Theory]
    [InlineData("key1")]
    [InlineData("test")]
    [InlineData("my key")]
    [InlineData("asdf")]
    [InlineData("MyKey2")]
    [InlineData("new-api-key")]
    [InlineData("test-key-1")]
    [InlineData("xxxx")]
    [InlineData("42")]
    [InlineData("---")]
    public void A_name_that_says_nothing_is_called_too_vague(string name)
        => Assert.Equal(NameQuality.Vague, NamingAdvice.For(name, KeyEnvironment.Live).Quality);

    [Theory]
    [InlineData("erp-order-sync-production")]
    [InlineData("partner-acme-integration")]
    [InlineData("mobile-app-v2-access")]
    [InlineData("internal-reporting-tool")]
    [InlineData("ErpOrderSync")]
    [InlineData("Bestellabgleich Müller")]
    public void A_name_that_tells_who_and_what_for_is_good(string name)
        => Assert.Equal(NameQuality.Good, NamingAdvice.For(name, KeyEnvironment.Live).Quality);

    [Fact]
    public void One_word_could_say_more()
        => Assert.Equal(NameQuality.Fair, NamingAdvice.For("erp", KeyEnvironment.Live).Quality);

    [Theory]
    [InlineData("erp-order-sync-staging", KeyEnvironment.Live, "“staging”")]
    [InlineData("erp-order-sync-prod", KeyEnvironment.Test, "“prod”")]
    public void A_name_that_contradicts_the_environment_is_pointed_out(string name, KeyEnvironment environment, string word)
    {
        var advice = NamingAdvice.For(name, environment);

        Assert.Equal(NameQuality.Fair, advice.Quality);
        Assert.Contains(word, advice.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public void Nothing_typed_gets_no_advice(string? name)
        => Assert.Equal(new NamingAdvice(NameQuality.None, ""), NamingAdvice.For(name, KeyEnvironment.Live));
}
