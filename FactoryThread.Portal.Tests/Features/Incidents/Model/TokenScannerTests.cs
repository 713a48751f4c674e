using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Model;

namespace FactoryThread.Portal.Tests.Features.Incidents.Model;

public sealed class TokenScannerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_found_wherever_it_stands_with_its_line_and_count()
    {
        var (one, two) = (ApiKeyToken.Create(KeyEnvironment.Live), ApiKeyToken.Create(KeyEnvironment.Test));
        var text = $"first\nAuthorization: Bearer {one.Reveal()}\n\nhttps://host/api/x?api_key={two.Reveal()}&y=1 {one.Reveal()}{two.Reveal()}";

        var found = (await ScanAsync(new StringReader(text))).Found;

        Assert.Equal([new FoundToken(one.Hash(), one.Hint, 2, 2), new FoundToken(two.Hash(), two.Hint, 4, 2)], found);
    }

    [Fact]
    public async Task What_only_looks_like_a_key_is_not_one()
    {
        var token = ApiKeyToken.Create(KeyEnvironment.Live).Reveal();
        var wrong = token[..^1] + (token[^1] == 'a' ? 'b' : 'a');

        Assert.Empty((await ScanAsync(new StringReader($"{wrong} {token[..^1]} ft_live_ {token[1..]} ft_live_ft_live_"))).Found);
    }

    /// <summary>Wherever a reader happens to end its piece.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(5000)]
    public async Task A_key_across_the_border_of_two_pieces_is_found_once(int piece)
    {
        var token = ApiKeyToken.Create(KeyEnvironment.Live);
        for (var before = 0; before < 60; before++)
        {
            var text = new string('\n', before) + "ft_" + token.Reveal() + "x\n" + token.Reveal();

            var scanner = await ScanAsync(new PieceReader(text, piece));

            Assert.Equal(new FoundToken(token.Hash(), token.Hint, before + 1, 2), Assert.Single(scanner.Found));
        }
    }

    [Fact]
    public async Task Memory_stays_flat_over_a_hundred_megabytes()
    {
        var token = ApiKeyToken.Create(KeyEnvironment.Live);
        using var reader = new RepeatingReader($"{new string('x', 1000)} {token.Reveal()} {new string('f', 900)}\n", 100 * 1024 * 1024);
        await ScanAsync(new StringReader(token.Reveal()));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var scanner = new TokenScanner();
        await scanner.ReadAsync(reader, Cancel);

        Assert.True(Assert.Single(scanner.Found).Count > 50_000);
        // Each find allocates the few strings of its token; the text itself must leave nothing.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 60 * 1024 * 1024);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true), 0, 200 * 1024 * 1024);
    }

    [Fact]
    public async Task It_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        using var reader = new RepeatingReader("text ", 100 * 1024 * 1024);
        var read = 0L;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new TokenScanner().ReadAsync(reader, source.Token, total =>
        {
            read = total;
            return source.CancelAsync();
        }));

        Assert.InRange(read, 1, 1024 * 1024);
    }

    [Fact]
    public async Task No_flood_of_made_up_keys_fills_the_memory()
    {
        var text = string.Join('\n', Enumerable.Range(0, TokenScanner.MaxDistinct + 5).Select(_ => ApiKeyToken.Create(KeyEnvironment.Test).Reveal()));

        var scanner = await ScanAsync(new StringReader(text));

        Assert.Equal((TokenScanner.MaxDistinct, 5), (scanner.Found.Count, (int)scanner.Uncounted));
    }

    private static async Task<TokenScanner> ScanAsync(TextReader reader)
    {
        var scanner = new TokenScanner();
        await scanner.ReadAsync(reader, Cancel);
        return scanner;
    }

    /// <summary>Gives so many characters at a time.</summary>
    private sealed class PieceReader(string text, int piece) : TextReader
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
        {
            var length = Math.Min(Math.Min(piece, buffer.Length), text.Length - _at);
            text.AsSpan(_at, length).CopyTo(buffer.Span);
            _at += length;
            return ValueTask.FromResult(length);
        }
    }

    /// <summary>The same text again and again.</summary>
    private sealed class RepeatingReader(string text, long length) : TextReader
    {
        private long _at;

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(buffer.Length, length - _at);
            for (var i = 0; i < count; i++)
            {
                buffer.Span[i] = text[(int)((_at + i) % text.Length)];
            }

            _at += count;
            return ValueTask.FromResult(count);
        }
    }
}
