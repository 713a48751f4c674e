using System.Buffers;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Incidents.Model;

/// <summary>A well-formed key in a text: its hash and hint, never the key.</summary>
/// <param name="Line">The line of its first appearance, from 1.</param>
/// <param name="Count">How often it appears.</param>
public sealed record FoundToken(KeyHash Hash, string Hint, long Line, long Count);

/// <summary>Finds API keys with a right checksum in text of any length. Holds one block of it at a time; nothing is kept but hashes and hints.</summary>
public sealed class TokenScanner
{
    /// <summary>Different keys that are told apart; whatever comes beyond is only counted.</summary>
    public const int MaxDistinct = 10_000;

    private const int Block = 64 * 1024;
    private static readonly SearchValues<string> Prefixes = SearchValues.Create([ApiKeyToken.LivePrefix, ApiKeyToken.TestPrefix], StringComparison.Ordinal);
    private readonly Dictionary<KeyHash, FoundToken> _found = [];
    private long _line = 1;

    /// <summary>In the order of their first appearance.</summary>
    public IReadOnlyList<FoundToken> Found => [.. _found.Values.OrderBy(f => f.Line)];

    /// <summary>Appearances of further keys after <see cref="MaxDistinct"/> different ones.</summary>
    public long Uncounted { get; private set; }

    /// <summary>Reads to the end.</summary>
    /// <param name="progress">Called after each block with the characters read so far.</param>
    public async Task ReadAsync(TextReader reader, CancellationToken cancellationToken, Func<long, Task>? progress = null)
    {
        var buffer = ArrayPool<char>.Shared.Rent(Block + ApiKeyToken.Length);
        try
        {
            var (kept, total) = (0, 0L);
            while (await reader.ReadAsync(buffer.AsMemory(kept, Block), cancellationToken) is > 0 and var read)
            {
                total += read;
                var length = kept + read;
                var rest = Scan(buffer.AsSpan(0, length));

                // What may be the beginning of a key goes on in the next block.
                buffer.AsSpan(rest, length - rest).CopyTo(buffer);
                kept = length - rest;
                if (progress is not null)
                {
                    await progress(total);
                }
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Looks at a piece of text.</summary>
    /// <returns>Where the part begins that must be looked at again with what follows: up to one character less than a key.</returns>
    private int Scan(ReadOnlySpan<char> text)
    {
        var (at, lineStart) = (0, 0);
        while (text[at..].IndexOfAny(Prefixes) is >= 0 and var offset)
        {
            at += offset;
            if (text.Length - at < ApiKeyToken.Length)
            {
                break;
            }

            var candidate = text.Slice(at, ApiKeyToken.Length);
            if (!ApiKeyToken.TryParse(candidate, out var token))
            {
                at++;
                continue;
            }

            _line += text[lineStart..at].Count('\n');
            lineStart = at;
            Add(token);
            at += ApiKeyToken.Length;
        }

        var rest = Math.Max(at, text.Length - ApiKeyToken.Length + 1);
        _line += text[lineStart..rest].Count('\n');
        return rest;
    }

    private void Add(ApiKeyToken token)
    {
        var hash = token.Hash();
        if (_found.TryGetValue(hash, out var known))
        {
            _found[hash] = known with { Count = known.Count + 1 };
        }
        else if (_found.Count < MaxDistinct)
        {
            _found.Add(hash, new FoundToken(hash, token.Hint, _line, 1));
        }
        else
        {
            Uncounted++;
        }
    }
}
