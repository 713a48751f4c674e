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
