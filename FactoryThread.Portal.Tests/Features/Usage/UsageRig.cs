using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Builders;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace FactoryThread.Portal.Tests.Features.Usage;

/// <summary>Recorder, mover and reports on real files, without a web server.</summary>
internal sealed class UsageRig : IAsyncDisposable
{
    public const string Key = "key_0000000000000001";

    private readonly ServiceProvider _services;
    private readonly bool _ownsData;
    private UsageLifetime? _lifetime;

    private UsageRig(string? dataDirectory, Dictionary<string, string?>? settings, FakeTimeProvider? time)
    {
        _ownsData = dataDirectory is null;
        DataDirectory = dataDirectory ?? Directory.CreateTempSubdirectory("usage-test-").FullName;
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(Options.Create(new PortalOptions { DataDirectory = DataDirectory }));
        services.AddSingleton<TimeProvider>(Time);
        services.AddPortalDatabase();
        services.AddAudit();
        services.AddAccounts();
        services.AddOptions<KeyLimitDefaults>();
        services.AddUsage(configuration);
        _services = services.BuildServiceProvider();
    }

    public string DataDirectory { get; }

    public FakeTimeProvider Time { get; }

    public string Intake => Path.Combine(DataDirectory, "intake.db");

    public string Portal => Path.Combine(DataDirectory, "portal.db");

    public UsageRecorder Recorder => Get<UsageRecorder>();

    public UsageMover Mover => Get<UsageMover>();

    /// <param name="mover">False leaves the batches in the intake.</param>
    public static async Task<UsageRig> StartAsync(
        Dictionary<string, string?>? settings = null, string? dataDirectory = null, FakeTimeProvider? time = null, bool mover = true)
    {
        var rig = new UsageRig(dataDirectory, settings, time);
        await rig._services.PrepareDatabaseAsync();
        if (mover)
        {
            rig._lifetime = (UsageLifetime)rig._services.GetServices<IHostedService>().First(s => s is UsageLifetime);
            await rig._lifetime.StartAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            rig.Recorder.Start();
        }

        return rig;
    }

    public T Get<T>()
        where T : notnull
        => _services.GetRequiredService<T>();

    public RequestRecord Record(string key = Key, Outcome outcome = Outcome.Succeeded, string? flow = "abc123", TimeSpan? after = null, string? executionId = null) => new()
    {
        At = (Time.GetUtcNow() + (after ?? TimeSpan.Zero)).ToUnixTimeMilliseconds(),
        KeyId = key,
        SecretId = 7,
        FlowId = flow,
        Route = "POST /flows/{flowId}/execute",
        Outcome = outcome,
        Code = outcome switch { Outcome.Succeeded => "valid_key", Outcome.Failed => "flow_failed", _ => "flow_not_permitted" },
        Status = outcome switch { Outcome.Succeeded => 200, Outcome.Failed => 502, _ => 403 },
        DurationMicros = 1500,
        Address = "10.20.4.17",
        UserAgent = "erp-prod/2.1",
        RequestId = "0HN7",
        ExecutionId = executionId,
        Counted = outcome != Outcome.Refused,
    };

    /// <summary>A key in the database, of a user of its own.</summary>
    public async Task<ApiKey> KeyAsync(ApiKeySettings? settings = null)
    {
        var now = Time.GetUtcNow();
        await using var db = await ContextAsync();
        var owner = new PortalUser { UserName = "owner@example.test", Email = "owner@example.test", Role = PortalRole.Operator, CreatedAt = now };
        var key = ApiKey.Create(settings ?? Given.Settings(), KeyEnvironment.Live, owner.Id, "test", ApiKeyToken.Create(KeyEnvironment.Live), now);
        db.AddRange(owner, key);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return key;
    }

    public async Task CatchUpAsync() => Assert.True(await Mover.CatchUpAsync(TestContext.Current.CancellationToken));

    public static long Number(string path, string sql)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static void Execute(string path, string sql)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A connection of somebody else's, as the sqlite3 shell's.</summary>
    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    public Task<PortalDbContext> ContextAsync()
        => Get<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    public async Task StopAsync()
    {
        if (_lifetime is not null)
        {
            await _lifetime.StopAsync(TestContext.Current.CancellationToken);
            _lifetime.Dispose();
            _lifetime = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
        SqliteConnection.ClearAllPools();
        if (_ownsData)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }
}
