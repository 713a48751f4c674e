using FactoryThread.Portal.Features.Access;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>Far more keys in use than the cache may hold.</summary>
public sealed class CacheTests
{
    private const int Capacity = 100;

    /// <summary>10,000 in the long form.</summary>
    private static readonly int Keys = Math.Min(10_000, 1000 * FaultSettings.Rounds);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cache_for_100_serves_thousands_of_keys_and_forgets_no_count()
    {
        await using var app = PortalApp.Start(settings: new() { ["Access:CacheCapacity"] = $"{Capacity}" });
        var owner = (await app.UserAsync()).Id;
        var now = app.Get<TimeProvider>().GetUtcNow();
        var tokens = Enumerable.Range(0, Keys).Select(_ => ApiKeyToken.Create(KeyEnvironment.Live)).ToList();
        var ids = new List<string>();
        foreach (var some in tokens.Chunk(2000))
        {
            await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
            var keys = some.Select(token => ApiKey.Create(Given.Settings() with { PerDay = 2 }, KeyEnvironment.Live, owner, "test", token, now)).ToList();
            ids.AddRange(keys.Select(key => key.Id));
            db.AddRange(keys);
            await db.SaveChangesAsync(Cancel);
        }

        var cache = app.Get<KeyCache>();
        var verifier = app.Get<ApiKeyVerifier>();
        for (var key = 0; key < Keys; key++)
        {
            var verdict = await JudgeAsync(key);
            Assert.Equal((VerdictCode.Valid, ids[key]), (verdict.Code, verdict.Key!.Id));
            Assert.InRange(cache.Count, 1, Capacity);
        }

        // Long evicted by now, all of them; their counts are not.
        var again = Enumerable.Range(0, Keys).Where(key => key % 40 == 0).ToList();
        foreach (var expected in new[] { VerdictCode.Valid, VerdictCode.DailyLimitExceeded })
        {
            foreach (var key in again)
            {
                Assert.Equal(expected, (await JudgeAsync(key)).Code);
            }
        }

        await app.Get<ApiKeyService>().RevokeAsync(ids[1], null, Caller.CommandLine, Cancel);
        Assert.Equal(VerdictCode.RevokedKey, (await JudgeAsync(1)).Code);
        Assert.Equal(VerdictCode.Valid, (await JudgeAsync(2)).Code);

        async ValueTask<Verdict> JudgeAsync(int key)
            => await verifier.JudgeAsync(new AccessRequest(PresentedKey.OfValue(tokens[key].Reveal(), inUrl: false), KeyAction.Self, null, null));
    }
}
