using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>Credentials that nobody was given: at random, and as near to a real one as can be.</summary>
public sealed class CredentialTests
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // Look, or are compared, like the letters before them.
    private static readonly Dictionary<char, char> Lookalikes = new()
    {
        ['a'] = 'а',
        ['e'] = 'е',
        ['o'] = 'о',
        ['p'] = 'р',
        ['c'] = 'с',
        ['x'] = 'х',
        ['f'] = 'ｆ',
        ['t'] = 'ｔ',
        ['_'] = '＿',
        ['i'] = 'ı',
        ['l'] = 'ⅼ',
        ['v'] = 'ѵ',
        ['K'] = 'K',
        ['0'] = '０',
        ['1'] = '１',
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_100_000_wrong_credentials_none_is_accepted_and_none_is_taken_for_a_failing_store()
    {
        await using var app = StartApp();
        var real = (await app.KeyAsync()).Token.Reveal();
        var verifier = app.Get<ApiKeyVerifier>();
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<VerdictCode, int>();
        await Gen.Select(Wrong(real), Gen.Bool).SampleAsync(
            async (value, inUrl) =>
            {
                var presented = inUrl ? PresentedKey.OfValue(value, inUrl) : PresentedKey.OfHeader($"Bearer {value}");
                var verdict = await verifier.JudgeAsync(new AccessRequest(presented, KeyAction.Self, null, IPAddress.Loopback));
                Assert.Null(verdict.Key);
                Assert.Equal(401, verdict.Code.Answer().Status);
                seen.AddOrUpdate(verdict.Code, 1, (_, count) => count + 1);
            },
            iter: 100_000);

        Assert.All([VerdictCode.MalformedKey, VerdictCode.UnknownKey], code => Assert.InRange(seen.GetValueOrDefault(code), 2_000, int.MaxValue));
        Assert.Equal(VerdictCode.Valid, (await verifier.JudgeAsync(new AccessRequest(PresentedKey.OfHeader($"Bearer {real}"), KeyAction.Self, null, null))).Code);
    }

    [Fact]
    public async Task Garbage_in_the_header_is_the_callers_fault_and_opens_nothing()
    {
        await using var app = StartApp();
        await app.FlowAsync("abc123");
        var real = (await app.KeyAsync()).Token.Reveal();
        var junk = Gen.Byte.Array[0, 80].Select(Encoding.Latin1.GetString);
        var scheme = Gen.OneOf("Bearer ", "bearer ", "BEARER\t", "Bearer", "Basic ", "Bearer Bearer ", "Bearer: ", "", "Token ");
        var header = Gen.Frequency((1, junk), (2, Gen.Select(scheme, Wrong(real), (s, v) => s + v)), (1, Gen.Select(scheme, junk, (s, v) => s + v)))
            .Where(value => !value.Split('\r', '\n').Any(line => Presents(line.Trim(), real)));
        await header.SampleAsync(
            async value =>
            {
                var answer = await SendRawAsync(app.Address, value);
                Assert.Matches("^HTTP/1.1 4[0-9][0-9] ", answer);
            },
            iter: 1000 * FaultSettings.Rounds);

        Assert.StartsWith("HTTP/1.1 200 ", await SendRawAsync(app.Address, $"Bearer {real}"), StringComparison.Ordinal);
    }

    private static PortalApp StartApp() => PortalApp.Start(settings: new() { ["Access:FailuresPerMinute"] = "1000000" });

    private static Gen<string> Wrong(string real)
    {
        var position = Gen.Int[0, real.Length - 1];
        var digit = Gen.Int[0, Base62.Length - 1].Select(i => Base62[i]);
        var body = digit.Array[34].Select(characters => new string(characters));
        var prefix = Gen.OneOf("ft_live_", "ft_test_");
        var oneChanged = Gen.Select(position, digit, (at, with) => Replace(real, at, with));
        return Gen.Frequency(
            (6, oneChanged),
            (3, Gen.Select(position, Gen.Char, (at, with) => Replace(real, at, with))),
            (3, Gen.Select(position, position, (a, b) => Replace(Replace(real, a, real[b]), b, real[a]))),
            (1, oneChanged.Select(value => WithChecksum(value[..42]))),
            (1, Gen.OneOf("ft_test_", "ft_live-", "FT_LIVE_", "ft_prod_", "sk_live_").Select(other => WithChecksum(other + real[8..42]))),
            (1, Gen.Select(prefix, body, (start, rest) => WithChecksum(start + rest))),
            (3, Gen.Int[0, real.Length - 1].Select(length => real[..length])),
            (3, Gen.Int[1, real.Length].Select(from => real[from..])),
            (3, Gen.Select(Gen.String[1, 10], Gen.Bool, (more, after) => after ? real + more : more + real)),
            (3, Gen.Select(position, Gen.OneOf('\0', '\t', '\n', '\u200b', '\u0301', '=', '%'), (at, with) => real.Insert(at, with.ToString()))),
            (3, position.Select(at => Replace(real, at, char.IsUpper(real[at]) ? char.ToLowerInvariant(real[at]) : char.ToUpperInvariant(real[at])))),
            (1, Gen.OneOf(real.ToUpperInvariant(), real.ToLowerInvariant())),
            (3, position.Select(at => Lookalikes.TryGetValue(real[at], out var other) ? Replace(real, at, other) : Replace(real, at, (char)(real[at] + 0xFEE0)))),
            (3, Gen.String[1, 60]))
            .Where(value => value.Trim(' ').Length > 0 && value.Trim(' ') != real);
    }

    // White space around a header's value is no part of it.
    private static bool Presents(string header, string real)
        => header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && header[7..].Trim() == real;

    private static string Replace(string text, int at, char with) => $"{text[..at]}{with}{text[(at + 1)..]}";

    /// <summary>What only somebody who knows the format can make: the checksum of ApiKeyToken's table, computed apart from it.</summary>
    private static string WithChecksum(string start)
    {
        var rest = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(start));
        var digits = new char[6];
        for (var i = 5; i >= 0; i--, rest /= 62)
        {
            digits[i] = Base62[(int)(rest % 62)];
        }

        return start + new string(digits);
    }

    /// <summary>As somebody sends it who does not keep to HTTP; returns the answer's head.</summary>
    private static async Task<string> SendRawAsync(Uri address, string authorization)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, Cancel);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"POST /flows/abc123/execute HTTP/1.1\r\nHost: portal\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: {authorization}\r\n\r\n"), Cancel);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadLineAsync(Cancel) ?? "";
    }
}
