using System.Globalization;

namespace FactoryThread.Portal.Tests.Features.Usage;

/// <summary>Fills a log with many requests, faster than they can be recorded.</summary>
internal static class BigLog
{
    /// <summary>Adds rows to the log, a second apart: keys <c>key_0</c>… in turn, mostly succeeded, with the texts of real requests; and their hourly counts.</summary>
    public static void Fill(string portal, int rows, DateTimeOffset start, int keys = 10) => UsageRig.Execute(portal, string.Create(CultureInfo.InvariantCulture, $"""
        BEGIN;
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows - 1})
        INSERT INTO RequestLog (Id, At, SecretId, DurationMicros, Status, Outcome, Counted, Test, KeyId, FlowId, Route, Code, Address, UserAgent, RequestId, ExecutionId, Error)
        SELECT i + 1, {start.ToUnixTimeMilliseconds()} + i * 1000, 1, 9000 + i % 5000, iif(i % 31 = 0, 403, 200), iif(i % 31 = 0, 2, 0), 1, i % 2,
            'key_' || (i % {keys}), 'flow' || (i % 7), 'POST /flows/{"{flowId}"}/execute', iif(i % 31 = 0, 'flow_not_permitted', 'valid_key'), '10.20.4.' || (i % 200),
            'erp-order-sync/2.1 (linux; x64), build "' || (i % 9) || '"', printf('0HN7GLLMB%08d', i), printf('exe_%016d', i), NULL
        FROM n;
        INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
        SELECT KeyId, At - At % 3600000, FlowId, Outcome, count(*), count(*), sum(DurationMicros), max(DurationMicros), max(At)
        FROM RequestLog GROUP BY 1, 2, 3, 4;
        COMMIT;
        """));
}
