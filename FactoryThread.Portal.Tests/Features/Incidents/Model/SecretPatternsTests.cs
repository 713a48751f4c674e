using System.Text.RegularExpressions;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Model;

namespace FactoryThread.Portal.Tests.Features.Incidents.Model;

public sealed partial class SecretPatternsTests
{
    private static readonly Regex Gitleaks = new(Rule().Match(SecretPatterns.Gitleaks).Groups[1].Value, RegexOptions.None, TimeSpan.FromSeconds(1));

    private static readonly Regex GitHub = new($"(?:{SecretPatterns.Before})({SecretPatterns.Secret})(?:{SecretPatterns.After})", RegexOptions.None, TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData("{0}")]
    [InlineData("FT_API_KEY={0}\n")]
    [InlineData("Authorization: Bearer {0}\r\n")]
    [InlineData("\"key\":\"{0}\",")]
    [InlineData("https://host/flows/a/execute?api_key={0}&x=1")]
    public void Real_keys_are_found_wherever_they_stand(string text)
    {
        for (var i = 0; i < 200; i++)
        {
            var token = ApiKeyToken.Create(i % 2 == 0 ? KeyEnvironment.Live : KeyEnvironment.Test).Reveal();
            var line = text.Replace("{0}", token, StringComparison.Ordinal);

            Assert.Equal(token, Gitleaks.Match(line).Groups[1].Value);
            Assert.Equal(token, GitHub.Match(line).Groups[1].Value);
        }
    }

    [Theory]
    [InlineData("ft_live_xxxx...")]
    [InlineData("ft_live_Ab3d…x9Qz")]
    [InlineData("soft_live_0123456789012345678901234567890123456789")]
    [InlineData("ft_live_01234567890123456789012345678901234567890")]
    [InlineData("ft_prod_0123456789012345678901234567890123456789")]
    public void Other_text_is_not(string text)
    {
        Assert.DoesNotMatch(Gitleaks, text);
        Assert.DoesNotMatch(GitHub, text);
    }

    [Fact]
    public void The_entropy_that_gitleaks_asks_for_is_below_that_of_real_keys()
    {
        var lowest = Enumerable.Range(0, 2000).Min(_ => Entropy(ApiKeyToken.Create(KeyEnvironment.Live).Reveal()));

        Assert.True(lowest > 3.7, $"a real key has an entropy of {lowest}");
        Assert.Contains("entropy = 3.5", SecretPatterns.Gitleaks, StringComparison.Ordinal);
        Assert.Contains("keywords = [\"ft_live_\", \"ft_test_\"]", SecretPatterns.Gitleaks, StringComparison.Ordinal);
    }

    private static double Entropy(string text) => -text.GroupBy(c => c).Sum(g => (double)g.Count() / text.Length * Math.Log2((double)g.Count() / text.Length));

    [GeneratedRegex("regex = '''(.*?)'''", RegexOptions.None, 1000)]
    private static partial Regex Rule();
}
