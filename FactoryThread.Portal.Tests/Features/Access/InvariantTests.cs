using System.Data.Common;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Access;

/// <summary>The hot path's invariants that a single request does not show.</summary>
public sealed class InvariantTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_load_that_read_the_old_row_is_not_used_after_the_revocation()
    {
        var pause = new PauseAfterReading();
        await using var app = PortalApp.Start(services: services => services.AddSingleton<IInterceptor>(pause));
        using var http = app.Http();
        var key = await app.KeyAsync();
        var value = key.Token.Reveal();

        // One request has read the row, and is held before it can install it.
        pause.Arm();
        var early = http.SendPostAsync("/v1/keys/validate", value);
        await pause.Read.WaitAsync(Cancel);
        await app.Get<ApiKeyService>().RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel);
        pause.Release();
        await early;

        Assert.Equal("revoked_key", (await http.SendPostAsync("/v1/keys/validate", value)).Code);
    }

    [Fact]
    public async Task Fifty_clients_see_nothing_admitted_after_a_change_has_returned()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        await using var app = PortalApp.Start(time);
        await app.UserAsync("other-administrator@example.test");
        await app.FlowAsync("abc123");
        await app.FlowAsync("inv200");
        using var http = app.Http();
        var keys = app.Get<ApiKeyService>();
        var changes = new Func<RevealedKey, Task>[]
        {
            key => keys.RevokeAsync(key.Key.Id, null, Caller.CommandLine, Cancel),
            key => keys.RegenerateAsync(key.Key.Id, Caller.CommandLine, Cancel),
            key => keys.DeleteAsync(key.Key.Id, Caller.CommandLine, Cancel),
            key => ChangeAsync(key, s => s with { Permission = KeyPermission.ReadOnly }),
            key => ChangeAsync(key, s => s with { Permission = KeyPermission.SpecificFlows, Flows = ["inv200"] }),
            key => ChangeAsync(key, s => s with { Networks = ["203.0.113.0/24"] }),
            _ =>
            {
                time.Advance(TimeSpan.FromHours(1));
                return Task.CompletedTask;
            },
            async key => (await app.Get<UserService>().DisableAsync(key.Key.OwnerId, Caller.CommandLine, Cancel)).Require(),
        };
        foreach (var change in changes)
        {
            var key = await app.KeyAsync(Given.Settings() with
            {
                PerMinute = int.MaxValue,
                PerDay = int.MaxValue,
                Expiration = KeyExpiration.Until(time.GetUtcNow().AddHours(1)),
            });
            var body = $$"""{"key":"{{key.Token.Reveal()}}","flowId":"abc123"}""";
            var changed = false;
            var admitted = 0;
            var late = 0;
            var clients = Enumerable.Range(0, 50).Select(async _ =>
            {
                for (var after = 0; after < 5;)
                {
                    var startedAfter = Volatile.Read(ref changed);
                    var valid = (await http.SendPostAsync("/v1/keys/validate", null, body)).Json.GetProperty("valid").GetBoolean();
                    after += startedAfter ? 1 : 0;
                    Interlocked.Add(ref admitted, valid ? 1 : 0);
                    Interlocked.Add(ref late, valid && startedAfter ? 1 : 0);
                }
            }).ToList();
            while (Volatile.Read(ref admitted) < 50)
            {
                await Task.Yield();
            }

            await change(key);
            Volatile.Write(ref changed, true);
            await Task.WhenAll(clients);
            Assert.Equal(0, late);
        }

        async Task ChangeAsync(RevealedKey key, Func<ApiKeySettings, ApiKeySettings> change)
            => (await keys.UpdateAsync(key.Key.Id, change(key.Key.Settings), Caller.CommandLine, Cancel)).Require();
    }

    [Theory]
    [InlineData("daily_limit_exceeded", 100, int.MaxValue)]
    [InlineData("rate_limited", int.MaxValue, 100)]
    public async Task A_limit_of_100_lets_exactly_100_of_5000_calls_through_at_once_and_continues_after_a_restart(string refusal, int perDay, int perMinute)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        var folder = Directory.CreateTempSubdirectory("portal-limits-").FullName;
        try
        {
            string value;
            await using (var app = PortalApp.Start(time, dataDirectory: folder))
            {
                using var http = app.Http();
                value = (await app.KeyAsync(Given.Settings() with { PerDay = perDay, PerMinute = perMinute })).Token.Reveal();
                var codes = new System.Collections.Concurrent.ConcurrentBag<string?>();
                await Parallel.ForAsync(0, 5000, new ParallelOptions { MaxDegreeOfParallelism = 100, CancellationToken = Cancel }, async (_, _) =>
                    codes.Add((await http.SendPostAsync("/v1/keys/validate", value)).Code));
                Assert.Equal((100, 4900), (codes.Count(c => c == "valid_key"), codes.Count(c => c == refusal)));
            }

            await using (var app = PortalApp.Start(time, dataDirectory: folder))
            {
                using var http = app.Http();
                Assert.Equal(refusal, (await http.SendPostAsync("/v1/keys/validate", value)).Code);
            }
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Holds the first reader of a secret between its read and the use of what it read.</summary>
    private sealed class PauseAfterReading : DbCommandInterceptor
    {
        private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _armed;

        public Task Read => _read.Task;

        public void Arm() => _armed = 1;

        public void Release() => _release.SetResult();

        public override async ValueTask<InterceptionResult> DataReaderClosingAsync(DbCommand command, DataReaderClosingEventData eventData, InterceptionResult result)
        {
            if (command.CommandText.Contains("\"Hash\"", StringComparison.Ordinal) && Interlocked.Exchange(ref _armed, 0) == 1)
            {
                _read.SetResult();
                await _release.Task;
            }

            return result;
        }
    }
}
