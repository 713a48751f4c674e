using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Model;

public sealed class KeyPasteTests
{
    private static readonly ApiKeyToken Token = ApiKeyToken.Create(KeyEnvironment.Live);

    [Theory]
    [InlineData("{0}")]
    [InlineData("  {0}\n")]
    [InlineData("Bearer {0}")]
    [InlineData("Authorization: Bearer {0}")]
    [InlineData("http://localhost:5080/flows/abc123/execute?api_key={0}&x=1")]
    [InlineData("FACTORYTHREAD_API_KEY=\"{0}\"")]
    [InlineData("ft_live_ {0}")]
    public void A_whole_key_is_found_wherever_it_stands(string around)
    {
        var text = around.Replace("{0}", Token.Reveal(), StringComparison.Ordinal);

        Assert.True(KeyPaste.TryFind(text, out var found));
        Assert.Equal(Token, found);
        Assert.True(KeyPaste.LooksLikeKey(text));
    }

    [Fact]
    public void A_key_with_a_typing_error_or_a_piece_missing_is_no_key_but_still_a_secret()
    {
        var whole = Token.Reveal();
        foreach (var damaged in new[] { whole[..^1], whole[..20], whole.ToUpperInvariant(), whole[..^1] + (whole[^1] == 'x' ? 'y' : 'x') })
        {
            Assert.False(KeyPaste.TryFind(damaged, out _));
            Assert.True(KeyPaste.LooksLikeKey(damaged));
        }
    }

    [Fact]
    public void What_may_be_shown_of_a_key_may_be_searched_for()
    {
        foreach (var harmless in new[] { Token.Hint, "ft_live_", "ft_test_Ab3d", "erp-order-sync", "", null })
        {
            Assert.False(KeyPaste.LooksLikeKey(harmless));
        }
    }
}
