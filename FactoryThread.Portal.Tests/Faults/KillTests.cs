using System.Globalization;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Faults;

/// <summary>SIGKILL under load, again and again, on the same data.</summary>
[Collection(ServerProcesses.Name)]
public sealed partial class KillTests
{
    private const int Clients = 24;
    private const int DayLimit = 500;
    private const int MinuteLimit = 60;
    private const int LargeDayLimit = 2_000_000;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(1);

    /// <summary>Shorter than the server waits before it gives up a commit.</summary>
    private static readonly TimeSpan Held = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_was_answered_is_lost_when_the_server_is_killed()
    {
        using var data = await DataDirectory.CreateAsync();
        var free = await data.KeyAsync("kill-unlimited", perDay: LargeDayLimit);
        var daily = await data.KeyAsync("kill-daily", perDay: DayLimit);
        var minute = await data.KeyAsync("kill-minute", perMinute: MinuteLimit);
        var reader = await data.KeyAsync("kill-reader", "read-only");
        var ledger = new Ledger();
        for (var round = 0; round < FaultSettings.Rounds; round++)
        {
            await using var server = await ServerProcess.StartAsync(data.Path);
            await AssertContinuesAsync(server, data, ledger, free);
            using var end = new CancellationTokenSource();
            var sent = ledger.Sent;
            var calls = new Func<Task<Answer>>[]
            {
                () => server.Http.ExecuteAsync("abc123", free.Value, "{}"),
                () => server.Http.SendPostAsync("/v1/keys/validate", daily.Value),
                () => server.Http.ExecuteAsync("abc123", minute.Value, "{}"),
                () => server.Http.ExecuteAsync("abc123", reader.Value, "{}"),
            };
            var clients = Enumerable.Range(0, Clients).Select(client => CallUntilAsync(() => ledger.CallAsync(calls[client % calls.Length]), end.Token)).ToList();
            await Task.Delay(Load, Cancel);

            // Every other time in the middle of commits that cannot end: whoever is answered then was answered too early.
            await using (var intake = round % 2 == 1 ? DataReading.Lock(data.Intake) : null)
            {
                await Task.Delay(intake is null ? TimeSpan.Zero : Held, Cancel);
                await server.KillAsync();
            }

            await end.CancelAsync();
            await Task.WhenAll(clients);
            Assert.True(ledger.Sent > sent + (2 * Clients), "There was no load to kill the server under.");
        }

        await using var last = await ServerProcess.StartAsync(data.Path);
        await AssertContinuesAsync(last, data, ledger, free);
        while (await ledger.CallAsync(() => last.Http.SendPostAsync("/v1/keys/validate", daily.Value)) is { Code: "valid_key" })
        {
        }

        await ledger.AssertRecordedAsync(data);
        data.AssertSound();
        var log = data.Log();
        Assert.Equal(DayLimit, log.Count(r => r.KeyId == daily.Id && r.Counted));
        Assert.All(log.Where(r => r.KeyId == reader.Id), r => Assert.Equal(("read_only_key", false), (r.Code, r.Counted)));
        Assert.All(["valid_key", "read_only_key", "rate_limited"], code => Assert.NotEqual(0, ledger.Count(code)));
        AssertNoMinuteHoldsMore(log.Where(r => r.KeyId == minute.Id && r.Counted).Select(r => r.At / 1000).ToList());
    }

    /// <summary>The limits go on from the recorded counts, the commits of which nobody heard included.</summary>
    private static async Task AssertContinuesAsync(ServerProcess server, DataDirectory data, Ledger ledger, IssuedKey key)
    {
        // The first call makes the server read the counts, and is one of them.
        var answer = (await ledger.CallAsync(() => server.Http.ExecuteAsync("abc123", key.Value, "{}")))!;
        await data.AwaitMovedAsync();
        var counted = LogFile.Read(data.Portal).LongCount(e => e.Counted && e.KeyId == key.Id && e.At >= DateTimeOffset.UtcNow.Date);
        Assert.Equal(LargeDayLimit - counted, long.Parse(DayRemaining().Match(answer.Header("RateLimit")!).Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static async Task CallUntilAsync(Func<Task<Answer?>> call, CancellationToken end)
    {
        while (!end.IsCancellationRequested && await call() is not null)
        {
        }
    }

    // In whole seconds: two requests judged in the same instant may take the lock in either order.
    private static void AssertNoMinuteHoldsMore(List<long> seconds)
        => Assert.All(seconds.Distinct(), start => Assert.InRange(seconds.Count(at => at >= start && at < start + 60), 0, MinuteLimit));

    [GeneratedRegex("\"day\";r=([0-9]+)")]
    private static partial Regex DayRemaining();
}
