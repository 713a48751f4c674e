using FactoryThread.Portal.Data;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Alerts;

/// <summary>Evaluator, inbox and delivery on real files, without a web server or timers; traffic is written as the mover writes it.</summary>
internal sealed class AlertRig : IAsyncDisposable
{
    /// <summary>A Tuesday.</summary>
    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services;
    private readonly SqliteConnection _traffic;
    private readonly bool _ownsData;

    private AlertRig(string? dataDirectory, Dictionary<string, string?>? settings, FakeTimeProvider? time)
    {
        _ownsData = dataDirectory is null;
        DataDirectory = dataDirectory ?? Directory.CreateTempSubdirectory("alert-test-").FullName;
        Time = time ?? new FakeTimeProvider(Noon);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings ?? []).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logging => logging.AddProvider(Logs).SetMinimumLevel(LogLevel.Trace));
        // With the slash that some end it with.
        services.AddSingleton(Options.Create(new PortalOptions { DataDirectory = DataDirectory, PublicAddress = "https://portal.example.test/" }));
        services.AddSingleton<TimeProvider>(Time);
        services.AddPortalDatabase();
        services.AddDataProtection().SetApplicationName("test").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(DataDirectory, "keyring")));
        services.AddAudit();
        services.AddApiKeys();
        services.AddFlows();
        services.AddAccounts();
        services.AddUsage(configuration);
        services.AddAlerts();
        _services = services.BuildServiceProvider();
        _traffic = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(DataDirectory, "portal.db"), Pooling = false }.ToString());
    }

    public string DataDirectory { get; }

    public FakeTimeProvider Time { get; }

    public CapturedLogs Logs { get; } = new();

    public string OwnerId { get; private set; } = "";

    public AlertEvaluator Evaluator => Get<AlertEvaluator>();

    public AlertService Inbox => Get<AlertService>();

    public AlertRuleService Rules => Get<AlertRuleService>();

    public AlertChannelService Channels => Get<AlertChannelService>();

    public AlertDispatcher Dispatcher => Get<AlertDispatcher>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="learned">The evaluator has run before, so that it judges what comes.</param>
    public static async Task<AlertRig> StartAsync(
        Dictionary<string, string?>? settings = null, string? dataDirectory = null, FakeTimeProvider? time = null, bool learned = true)
    {
        var rig = new AlertRig(dataDirectory, settings, time);
        await rig._services.PrepareDatabaseAsync();
        rig._traffic.Open();
        rig.Execute("PRAGMA synchronous = OFF");
        await using var db = await rig.ContextAsync();
        rig.OwnerId = await db.Users.Select(u => u.Id).FirstOrDefaultAsync(Cancel)
            ?? (await rig.Get<UserService>().AddFirstAsync("owner@example.test", "a long enough password", null, Cancel)).Require().Id;
        if (learned)
        {
            await rig.Evaluator.RunAsync(Cancel);
        }

        return rig;
    }

    public T Get<T>()
        where T : notnull
        => _services.GetRequiredService<T>();

    public Task<PortalDbContext> ContextAsync() => Get<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Cancel);

    /// <summary>A key that was made some days ago.</summary>
    public async Task<ApiKey> KeyAsync(string name = "erp", double daysOld = 20, Func<ApiKeySettings, ApiKeySettings>? change = null)
    {
        var settings = new ApiKeySettings { Name = name, Kind = KeyKind.Partner, Expiration = KeyExpiration.Never };
        var key = ApiKey.Create(
            change?.Invoke(settings) ?? settings, KeyEnvironment.Live, OwnerId, "test", ApiKeyToken.Create(KeyEnvironment.Live), Time.GetUtcNow().AddDays(-daysOld));
        await using var db = await ContextAsync();
        db.Add(key);
        await db.SaveChangesAsync(Cancel);
        return key;
    }

    /// <summary>Keys whose rotation is due, copied faster than made one by one; the next run looks at them.</summary>
    public async Task OldKeysAsync(int count)
    {
        var key = await KeyAsync("old", 200, s => s with { Kind = KeyKind.Production });
        Execute($"""
            WITH RECURSIVE n(N) AS (SELECT 1 UNION ALL SELECT N + 1 FROM n WHERE N < {count})
            INSERT INTO ApiKeys (Id, Name, Environment, Kind, Permission, Networks, AllowInUrl, OwnerId, CreatedAt, CreatedBy, IssuedAt, Version)
            SELECT 'key_' || printf('%016d', N), 'old-' || N, 0, Kind, 0, '[]', 1, OwnerId, CreatedAt, CreatedBy, IssuedAt, 0 FROM n, ApiKeys WHERE Id = '{key.Id}';
            UPDATE ApiKeys SET DeletedAt = IssuedAt, RevokedAt = IssuedAt WHERE Id = '{key.Id}'
            """);
        Time.Advance(TimeSpan.FromHours(1));
    }

    /// <summary>Requests as the mover writes them: log rows, and the hour's counts.</summary>
    public void Call(ApiKey key, int count = 1, TimeSpan? after = null, string code = "valid_key", string address = "10.20.4.17", TimeSpan? spread = null)
    {
        var outcome = code switch { "valid_key" => Outcome.Succeeded, "flow_failed" => Outcome.Failed, _ => Outcome.Refused };
        var at = (Time.GetUtcNow() + (after ?? TimeSpan.Zero)).ToUnixTimeMilliseconds();
        var step = spread is { } span ? (long)span.TotalMilliseconds / Math.Max(1, count) : 0;
        LogFile.Append(Path.Combine(DataDirectory, "portal.db"), Enumerable.Range(0, count).Select(i => new RequestRecord
        {
            At = at + i * step,
            SecretId = 1,
            DurationMicros = 900,
            Status = 200,
            Outcome = outcome,
            Counted = outcome != Outcome.Refused,
            KeyId = key.Id,
            FlowId = "abc123",
            Route = "POST /flows/{flowId}/execute",
            Code = code,
            Address = address,
            UserAgent = "erp/2.1",
        }));
        using var transaction = _traffic.BeginTransaction();
        foreach (var hour in Enumerable.Range(0, count).GroupBy(i => (at + i * step) / 3_600_000))
        {
            Hour(key, DateTimeOffset.FromUnixTimeMilliseconds(hour.Key * 3_600_000), hour.Count(), outcome);
        }

        Execute($"UPDATE ApiKeys SET LastUsedAt = {at + count * step} WHERE Id = '{key.Id}'");
        transaction.Commit();
    }

    /// <summary>Counts of an hour long ago, whose log rows are gone.</summary>
    public void Hour(ApiKey key, DateTimeOffset hour, int count, Outcome outcome = Outcome.Succeeded)
    {
        using var command = _traffic.CreateCommand();
        command.CommandText = """
            INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
            VALUES ($key, $hour, 'abc123', $outcome, $count, $counted, 0, 0, $hour)
            ON CONFLICT DO UPDATE SET Count = Count + excluded.Count, Counted = Counted + excluded.Counted
            """;
        command.Parameters.AddWithValue("$key", key.Id);
        command.Parameters.AddWithValue("$hour", hour.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$outcome", (int)outcome);
        command.Parameters.AddWithValue("$count", count);
        command.Parameters.AddWithValue("$counted", outcome == Outcome.Refused ? 0 : count);
        command.ExecuteNonQuery();
    }

    /// <summary>The same number of requests in every hour of the past weeks.</summary>
    public void Past(ApiKey key, int weeks, int perHour, Func<DateTimeOffset, bool>? when = null, int errorsPerHour = 0)
    {
        using var transaction = _traffic.BeginTransaction();
        var now = Time.GetUtcNow();
        for (var hour = now.AddDays(-7 * weeks); hour < now; hour = hour.AddHours(1))
        {
            if (when?.Invoke(hour) != false)
            {
                Hour(key, hour, perHour);
                if (errorsPerHour > 0)
                {
                    Hour(key, hour, errorsPerHour, Outcome.Failed);
                }
            }
        }

        transaction.Commit();
    }

    public void WrongKeys(string address, int count, string code = "unknown_key", TimeSpan? after = null)
    {
        var minute = (Time.GetUtcNow() + (after ?? TimeSpan.Zero)).ToUnixTimeMilliseconds() / 60_000 * 60_000;
        Execute($"INSERT INTO CredentialFailures (Minute, Code, Address, Count) VALUES ({minute}, '{code}', '{address}', {count}) ON CONFLICT DO UPDATE SET Count = Count + excluded.Count");
    }

    /// <summary>Lets the evaluator look, and reads every alert there is.</summary>
    public async Task<List<Alert>> RunAsync()
    {
        await Evaluator.RunAsync(Cancel);
        return await AlertsAsync();
    }

    public async Task<List<Alert>> AlertsAsync()
    {
        await using var db = await ContextAsync();
        return await db.Set<Alert>().AsNoTracking().OrderBy(a => a.Id).ToListAsync(Cancel);
    }

    public async Task<List<AlertMessage>> MessagesAsync()
    {
        await using var db = await ContextAsync();
        return await db.Set<AlertMessage>().AsNoTracking().OrderBy(m => m.Id).ToListAsync(Cancel);
    }

    public void Execute(string sql)
    {
        using var command = _traffic.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public long Number(string sql)
    {
        using var command = _traffic.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _traffic.DisposeAsync();
        await _services.DisposeAsync();
        SqliteConnection.ClearAllPools();
        if (_ownsData)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }
}
