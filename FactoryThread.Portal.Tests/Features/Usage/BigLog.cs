using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Usage;

/// <summary>Fills a log with many requests, faster than they can be recorded.</summary>
internal static class BigLog
{
    private const int Slice = 20_000;

    /// <summary>Adds requests to the log, a second apart: keys <c>key_0</c>… in turn, mostly succeeded, with the texts of real requests; and their hourly counts.</summary>
    /// <param name="together">So many requests share an instant.</param>
    public static void Fill(string portal, int rows, DateTimeOffset start, int keys = 10, int together = 1)
    {
        var requests = FillLog(portal, rows, start, keys, together).ToList();
        using var connection = UsageRig.Open(portal);
        using var transaction = connection.BeginTransaction();
        using var hour = connection.CreateCommand();
        hour.CommandText = """
            INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
            VALUES ($key, $hour, $flow, $outcome, $count, $count, $sum, $max, $last)
            """;
        foreach (var group in requests.GroupBy(r => (r.KeyId, Hour: r.At - r.At % 3_600_000, r.FlowId, r.Outcome)))
        {
            hour.Parameters.Clear();
            hour.Parameters.AddWithValue("$key", group.Key.KeyId);
            hour.Parameters.AddWithValue("$hour", group.Key.Hour);
            hour.Parameters.AddWithValue("$flow", group.Key.FlowId);
            hour.Parameters.AddWithValue("$outcome", (int)group.Key.Outcome);
            hour.Parameters.AddWithValue("$count", group.Count());
            hour.Parameters.AddWithValue("$sum", group.Sum(r => r.DurationMicros));
            hour.Parameters.AddWithValue("$max", group.Max(r => r.DurationMicros));
            hour.Parameters.AddWithValue("$last", group.Max(r => r.At));
            hour.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>The same without the counts.</summary>
    public static IEnumerable<RequestRecord> FillLog(string portal, int rows, DateTimeOffset start, int keys = 10, int together = 1)
    {
        var requests = Enumerable.Range(0, rows).Select(i => Request(i, start.AddSeconds(i - i % together), keys));
        foreach (var slice in requests.Chunk(Slice))
        {
            LogFile.Append(portal, slice);
        }

        return requests;
    }

    private static RequestRecord Request(int i, DateTimeOffset at, int keys) => new()
    {
        At = at.ToUnixTimeMilliseconds(),
        SecretId = 1,
        DurationMicros = 9000 + i % 5000,
        Status = i % 31 == 0 ? 403 : 200,
        Outcome = i % 31 == 0 ? Outcome.Refused : Outcome.Succeeded,
        Counted = true,
        Test = i % 2 == 1,
        KeyId = string.Create(CultureInfo.InvariantCulture, $"key_{i % keys}"),
        FlowId = string.Create(CultureInfo.InvariantCulture, $"flow{i % 7}"),
        Route = "POST /flows/{flowId}/execute",
        Code = i % 31 == 0 ? "flow_not_permitted" : "valid_key",
        Address = string.Create(CultureInfo.InvariantCulture, $"10.20.4.{i % 200}"),
        UserAgent = string.Create(CultureInfo.InvariantCulture, $"erp-order-sync/2.1 (linux; x64), build \"{i % 9}\""),
        RequestId = string.Create(CultureInfo.InvariantCulture, $"0HN7GLLMB{i:D8}"),
        ExecutionId = string.Create(CultureInfo.InvariantCulture, $"exe_{i:D16}"),
    };
}
