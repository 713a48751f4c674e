using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Model;

public sealed class ApiKeyTokenTests
{
    // Made outside this code base: zlib's crc32 and OpenSSL's SHA-256.
    private const string Vector = "ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe";
    private const string VectorHash = "57273F808F37098026496CB9CF3DE02EF6C8CA69B2B61205F5E9A03E832EE2A4";

    [Fact]
    public void The_pinned_vector_is_well_formed_and_hashes_as_pinned()
    {
        Assert.True(ApiKeyToken.TryParse(Vector, out var token));
        Assert.Equal(VectorHash, Convert.ToHexString(token.Hash().ToBytes()));
        Assert.True(ApiKeyToken.TryHash(Vector, out var hash));
        Assert.Equal(token.Hash(), hash);
        Assert.Equal("ft_live_0123…cmwe", token.Hint);
        Assert.Equal(KeyEnvironment.Live, token.Environment);
        Assert.True(ApiKeyToken.TryParse("ft_test_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz4fDqi3", out var test));
        Assert.Equal(KeyEnvironment.Test, test.Environment);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ft_live_")]
    [InlineData("ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwf")]
    [InlineData("ft_live_1123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe")]
    [InlineData("ft_test_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe")]
    [InlineData("FT_LIVE_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe")]
    [InlineData("ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe ")]
    [InlineData("ft_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwé")]
    [InlineData("ft_prod_0123456789ABCDEFGHIJKLMNOPQRSTUVWX13cmwe")]
    public void Anything_else_is_not_a_key(string text)
    {
        Assert.False(ApiKeyToken.IsWellFormed(text));
        Assert.False(ApiKeyToken.TryParse(text, out _));
        Assert.False(ApiKeyToken.TryHash(text, out _));
    }

    [Theory]
    [InlineData(KeyEnvironment.Live, "ft_live_")]
    [InlineData(KeyEnvironment.Test, "ft_test_")]
    public void A_new_token_is_unique_well_formed_and_has_its_prefix(KeyEnvironment environment, string prefix)
    {
        var tokens = Enumerable.Range(0, 1000).Select(_ => ApiKeyToken.Create(environment)).ToList();

        Assert.Equal(1000, tokens.Select(t => t.Hash()).Distinct().Count());
        Assert.All(tokens, token =>
        {
            Assert.StartsWith(prefix, token.Reveal(), StringComparison.Ordinal);
            Assert.True(ApiKeyToken.IsWellFormed(token.Reveal()));
            Assert.Equal(48, token.Reveal().Length);
        });
    }

    [Fact]
    public void Every_single_character_error_is_noticed()
    {
        for (var i = 0; i < Vector.Length; i++)
        {
            foreach (var other in "0Aaz9")
            {
                if (Vector[i] != other)
                {
                    Assert.False(ApiKeyToken.IsWellFormed(Vector[..i] + other + Vector[(i + 1)..]));
                }
            }
        }
    }

    [Fact]
    public void Printing_a_token_gives_its_hint_only()
    {
        var token = ApiKeyToken.Create(KeyEnvironment.Live);

        Assert.Equal(token.Hint, $"{token}");
        Assert.DoesNotContain(token.Reveal()[12..40], $"{token}", StringComparison.Ordinal);
    }
}
