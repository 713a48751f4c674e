using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>The machine's clock is set back by a day while the portal runs.</summary>
public sealed class ClockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clock_set_back_revives_nothing_and_reopens_no_limit()
    {
        var time = new SettableClock();
        await using var app = PortalApp.Start(time);
        using var http = app.Http();
        var keys = app.Get<ApiKeyService>();
        var answered = 0;
        var plain = await app.KeyAsync();
        var ending = await app.KeyAsync(Given.Settings("ending") with { Expiration = KeyExpiration.Until(time.Wall.AddHours(1)) });
        var minute = await app.KeyAsync(Given.Settings("minute") with { PerMinute = 2 });
        var day = await app.KeyAsync(Given.Settings("day") with { PerDay = 2 });
        await IsAsync("valid_key", ending, plain, minute, minute, day, day);
        await IsAsync("rate_limited", minute);
        await IsAsync("daily_limit_exceeded", day);
        time.Pass(TimeSpan.FromHours(1));
        await IsAsync("expired_key", ending);
        await IsAsync("valid_key", minute, minute);
        await IsAsync("rate_limited", minute);

        time.Wall -= TimeSpan.FromDays(1);

        await IsAsync("expired_key", ending);
        await IsAsync("rate_limited", minute);
        await IsAsync("daily_limit_exceeded", day);
        await IsAsync("valid_key", plain);

        // What is loaded anew is judged by the same time.
        var renewed = (await keys.RegenerateAsync(plain.Key.Id, Caller.CommandLine, Cancel)).Require();
        var made = await app.KeyAsync(Given.Settings("made-in-the-past"));
        await IsAsync("expired_key", ending);
        await IsAsync("replaced_key", plain);
        await IsAsync("valid_key", renewed, made);

        // Time goes on from where it was, not from where the clock is.
        time.Pass(TimeSpan.FromSeconds(61));
        await IsAsync("valid_key", minute, minute);
        await IsAsync("rate_limited", minute);
        await IsAsync("daily_limit_exceeded", day);
        time.Pass(TimeSpan.FromHours(11));
        await IsAsync("valid_key", day, day);
        await IsAsync("daily_limit_exceeded", day);
        await IsAsync("expired_key", ending);

        Assert.True(await app.Get<Portal.Features.Usage.UsageMover>().CatchUpAsync(Cancel));
        var portal = Path.Combine(app.DataDirectory, "portal.db");
        Assert.Equal(answered, LogFile.Count(portal));
        Assert.Equal(answered, UsageRig.Number(portal, "SELECT sum(Count) FROM UsageHour"));
        Assert.All(LogFile.Read(portal).GroupBy(e => e.KeyId), ofKey => Assert.Equal(ofKey.OrderBy(e => e.At).Select(e => e.Id), ofKey.Select(e => e.Id)));

        async Task IsAsync(string code, params RevealedKey[] presented)
        {
            foreach (var key in presented)
            {
                answered++;
                Assert.Equal(code, (await http.SendPostAsync("/v1/keys/validate", key.Token.Reveal())).Code);
            }
        }
    }
}
