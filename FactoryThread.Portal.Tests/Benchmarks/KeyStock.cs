using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Faults;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>Fills a store with keys faster than they can be created one by one.</summary>
internal static class KeyStock
{
    /// <summary>Adds copies of one key without limits, each with a name and a value of its own.</summary>
    /// <param name="reveal">How many of the values to return.</param>
    public static async Task<IReadOnlyList<string>> AddAsync(DataDirectory data, int count, int reveal)
    {
        var template = await data.KeyAsync("bench-template");
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = data.Portal, Pooling = false }.ToString());
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var key = Copy(connection, "ApiKeys", "Id", template.Id, new() { ["Id"] = "$id", ["Name"] = "$name" });
        using var secret = Copy(connection, "ApiKeySecrets", "KeyId", template.Id, new() { ["KeyId"] = "$id", ["Hash"] = "$hash" });
        var values = new List<string>(reveal);
        for (var i = 0; i < count; i++)
        {
            var token = ApiKeyToken.Create(KeyEnvironment.Live);
            key.Parameters["$id"].Value = secret.Parameters["$id"].Value = $"key_bench{i:D12}";
            key.Parameters["$name"].Value = $"bench-key-{i}";
            secret.Parameters["$hash"].Value = token.Hash().ToBytes();
            key.ExecuteNonQuery();
            secret.ExecuteNonQuery();
            if (values.Count < reveal)
            {
                values.Add(token.Reveal());
            }
        }

        transaction.Commit();
        return values;
    }

    /// <summary>Spreads the copies over owners' habits: four types, a third of them test keys, some expired, revoked or never used, ages up to two years, and traffic on one in ten.</summary>
    public static void Vary(DataDirectory data, DateTimeOffset now)
    {
        const long day = 86_400_000;
        var time = now.ToUnixTimeMilliseconds();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = data.Portal, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            BEGIN;
            CREATE TEMP TABLE Stock AS SELECT Id, CAST(substr(Id, 10) AS INTEGER) N FROM ApiKeys WHERE Id GLOB 'key_bench[0-9]*';
            CREATE UNIQUE INDEX temp.StockIds ON Stock (Id);
            UPDATE ApiKeys SET
                Name = CASE N % 5 WHEN 0 THEN 'erp-order-sync-' WHEN 1 THEN 'partner-acme-' WHEN 2 THEN 'mobile-app-v2-' WHEN 3 THEN 'ci-pipeline-' ELSE 'internal-reporting-' END || N,
                Description = 'Used by line ' || (N % 97) || ' to hand its orders on',
                Kind = N % 4,
                CreatedAt = {time} - N * 7919 % 730 * {day} - N,
                IssuedAt = {time} - N * 7919 % 730 * {day} - N,
                LastUsedAt = CASE WHEN N % 7 = 0 THEN NULL ELSE {time} - N * 104729 % 200 * {day} - N * 31 END,
                ExpiresAt = CASE WHEN N % 3 = 0 THEN NULL ELSE {time} + (N * 6151 % 400 - 40) * {day} + N END,
                RevokedAt = CASE WHEN N % 50 = 0 THEN {time} - {day} END
            FROM Stock WHERE Stock.Id = ApiKeys.Id;
            INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
            SELECT Id, {time / 3_600_000 * 3_600_000} - h * 3600000, 'abc123', 0, 1 + (N + h) % 40, 1, 0, 0, 0
            FROM Stock, (WITH RECURSIVE hours(h) AS (SELECT 0 UNION ALL SELECT h + 5 FROM hours WHERE h < 160) SELECT h FROM hours) WHERE N % 10 = 0;
            COMMIT;
            """;
        command.ExecuteNonQuery();
    }

    // Whatever columns there are: all but the replaced ones are as in the template.
    private static SqliteCommand Copy(SqliteConnection connection, string table, string idColumn, string templateId, Dictionary<string, string> replaced)
    {
        using var info = connection.CreateCommand();
        info.CommandText = $"SELECT name FROM pragma_table_info('{table}') WHERE NOT (name = 'Id' AND type = 'INTEGER')";
        var columns = new List<string>();
        using (var reader = info.ExecuteReader())
        {
            while (reader.Read())
            {
                columns.Add(reader.GetString(0));
            }
        }

        var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO {table} ({string.Join(", ", columns)})
            SELECT {string.Join(", ", columns.Select(column => replaced.GetValueOrDefault(column, column)))}
            FROM {table} WHERE {idColumn} = $template
            """;
        command.Parameters.AddWithValue("$template", templateId);
        foreach (var parameter in replaced.Values)
        {
            command.Parameters.AddWithValue(parameter, DBNull.Value);
        }

        return command;
    }
}
