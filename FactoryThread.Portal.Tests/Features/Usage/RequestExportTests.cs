using System.Globalization;
using System.Text;
using System.Text.Json;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class RequestExportTests
{
    private static readonly UsageScope Erp = UsageScope.OfKey(UsageRig.Key, "erp");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_come_as_they_are_in_the_log_oldest_first()
    {
        await using var rig = await UsageRig.StartAsync();
        await rig.Recorder.RecordAsync(rig.Record(executionId: "exe_1", after: TimeSpan.FromMilliseconds(-250)) with { RequestId = "r1", UserAgent = "erp, \"v2\"" });
        await rig.Recorder.RecordAsync(rig.Record(outcome: Outcome.Failed, flow: null) with { RequestId = "r2", Error = "Der Empfänger fehlt.", Test = true });
        await rig.Recorder.RecordAsync(rig.Record(key: "key_other"));

        var lines = (await WriteAsync(rig, Erp, ExportFormat.Csv)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        using var json = JsonDocument.Parse(await WriteAsync(rig, Erp, ExportFormat.Json));

        Assert.Equal(
            [
                "at,requestId,flowId,route,outcome,code,status,durationMicros,address,userAgent,executionId,error,environment",
                "2026-11-24T11:59:59.750Z,r1,abc123,POST /flows/{flowId}/execute,succeeded,valid_key,200,1500,10.20.4.17,\"erp, \"\"v2\"\"\",exe_1,,live",
                "2026-11-24T12:00:00.000Z,r2,,POST /flows/{flowId}/execute,failed,flow_failed,502,1500,10.20.4.17,erp-prod/2.1,,Der Empfänger fehlt.,test",
            ],
            lines);
        var root = json.RootElement;
        Assert.Equal((UsageRig.Key, "request", 2, 1, 1), (
            root.GetProperty("keyId").GetString(), root.GetProperty("by").GetString(),
            root.GetProperty("total").GetInt32(), root.GetProperty("succeeded").GetInt32(), root.GetProperty("failed").GetInt32()));
        var second = root.GetProperty("rows")[1];
        Assert.Equal(("2026-11-24T12:00:00.000Z", "Der Empfänger fehlt.", JsonValueKind.Null), (
            second.GetProperty("at").GetString(), second.GetProperty("error").GetString(), second.GetProperty("flowId").ValueKind));
    }

    [Fact]
    public async Task Only_requests_of_the_range_are_in_it_to_the_millisecond()
    {
        await using var rig = await UsageRig.StartAsync();
        for (var i = -5; i < 5; i++)
        {
            await rig.Recorder.RecordAsync(rig.Record(after: TimeSpan.FromMilliseconds(i)) with { RequestId = $"r{i}" });
        }

        var now = rig.Time.GetUtcNow();
        var range = rig.Get<UsageReports>().ExactRange(now.AddMilliseconds(-2), now.AddMilliseconds(2)).Require();

        var csv = await WriteAsync(rig, Erp, ExportFormat.Csv, range);

        Assert.Equal(["r-2", "r-1", "r0", "r1"], Cells(csv, 1));
        Assert.Equal(4, await rig.Get<UsageExport>().CountAsync(Erp, range, requests: true, Cancel));
    }

    [Theory]
    [InlineData(ExportFormat.Csv)]
    [InlineData(ExportFormat.Json)]
    public async Task A_large_log_is_written_slice_by_slice_with_each_request_once_and_the_totals_of_the_database(ExportFormat format)
    {
        const int rows = 20_000;
        await using var rig = await UsageRig.StartAsync();

        // Many in the same millisecond, across the borders of slices.
        BigLog.Fill(rig.Portal, rows, rig.Time.GetUtcNow().AddDays(-20), keys: 3, together: 1800);
        var written = new Counting();
        await rig.Get<UsageExport>().WriteAsync(written, new ExportOrder(UsageScope.Workspace(), All(rig), Requests: true, format), Cancel);

        var text = Encoding.UTF8.GetString(written.ToArray());
        var ids = format == ExportFormat.Csv
            ? Cells(text, 3)
            : JsonDocument.Parse(text).RootElement.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("requestId").GetString()!).ToList();
        Assert.Equal(rows, ids.Count);
        Assert.Equal(rows, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.InRange(written.LargestWrite, 1, 400_000);
        Assert.Equal(rows, await rig.Get<UsageExport>().CountAsync(UsageScope.Workspace(), All(rig), requests: true, Cancel));
        if (format == ExportFormat.Json)
        {
            Assert.Equal(
                LogFile.Read(rig.Portal).LongCount(e => e.Outcome == Outcome.Refused),
                JsonDocument.Parse(text).RootElement.GetProperty("refused").GetInt64());
        }
    }

    [Fact]
    public async Task The_workspace_names_each_rows_key_and_an_owners_workspace_holds_their_keys_only()
    {
        await using var rig = await UsageRig.StartAsync();
        BigLog.Fill(rig.Portal, 60, rig.Time.GetUtcNow().AddHours(-1), keys: 3);
        AddKey(rig, "key_0", "=erp", "ada");
        AddKey(rig, "key_2", "mes", "bob");

        foreach (var requests in new[] { true, false })
        {
            var all = await WriteAsync(rig, UsageScope.Workspace(), ExportFormat.Csv, requests: requests);
            var bobs = await WriteAsync(rig, UsageScope.Workspace("bob"), ExportFormat.Csv, requests: requests);

            Assert.StartsWith(requests ? "keyId,keyName,at," : "keyId,keyName,start,", all, StringComparison.Ordinal);
            Assert.Equal(["key_0,'=erp", "key_1,", "key_2,mes"], Pairs(all));
            Assert.Equal(["key_2,mes"], Pairs(bobs));
        }

        static List<string> Pairs(string csv) => [.. Cells(csv, 0).Zip(Cells(csv, 1), (id, name) => $"{id},{name}").Distinct(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task No_cell_of_a_request_can_start_a_formula()
    {
        await using var rig = await UsageRig.StartAsync();
        foreach (var agent in new[] { "=cmd|' /C calc'!A0", "+1", "@SUM(1)", "\t=1", " =1", "＝1", "x\r\n=2", "\u0085=1" })
        {
            await rig.Recorder.RecordAsync(rig.Record() with { UserAgent = agent });
        }

        var agents = Cells(await WriteAsync(rig, Erp, ExportFormat.Csv), 9);

        Assert.Equal(["'=cmd|' /C calc'!A0", "'+1", "'@SUM(1)", "'=1", "' =1", "'＝1", "x=2", "'=1"], agents);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_export_and_one_that_waits_holds_nothing_open()
    {
        await using var rig = await UsageRig.StartAsync();
        BigLog.Fill(rig.Portal, 20_000, rig.Time.GetUtcNow().AddDays(-20), keys: 1);
        using var gone = new CancellationTokenSource();
        var reader = new Slow(async writes =>
        {
            if (writes == 2)
            {
                // Somebody who empties the WAL is stopped by any read transaction.
                Assert.Equal(0, UsageRig.Number(rig.Portal, "PRAGMA wal_checkpoint(TRUNCATE)"));
                await gone.CancelAsync();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => rig.Get<UsageExport>().WriteAsync(reader, new ExportOrder(UsageScope.Workspace(), All(rig), Requests: true, ExportFormat.Csv), gone.Token));

        Assert.Equal(2, reader.Writes);
    }

    private static UsageRange All(UsageRig rig) => rig.Get<UsageReports>().Range(null, rig.Time.GetUtcNow().AddHours(1), UsageStep.Hour).Require();

    private static async Task<string> WriteAsync(UsageRig rig, UsageScope scope, ExportFormat format, UsageRange? range = null, bool requests = true)
    {
        using var stream = new MemoryStream();
        await rig.Get<UsageExport>().WriteAsync(stream, new ExportOrder(scope, range ?? All(rig), requests, format), Cancel);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The cells of a column, for rows without a quoted comma before it.</summary>
    private static List<string> Cells(string csv, int column)
        => [.. csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[column].Trim('"'))];

    private static void AddKey(UsageRig rig, string id, string name, string owner)
    {
        using var connection = UsageRig.Open(rig.Portal);
        using var info = connection.CreateCommand();
        info.CommandText = "PRAGMA foreign_keys = OFF; SELECT name, type, \"notnull\" FROM pragma_table_info('ApiKeys')";
        var columns = new List<(string Name, string Value)>();
        using (var reader = info.ExecuteReader())
        {
            while (reader.Read())
            {
                var column = reader.GetString(0);
                var value = column switch
                {
                    "Id" => $"'{id}'",
                    "Name" => $"'{name}'",
                    "OwnerId" => $"'{owner}'",
                    _ => reader.GetInt32(2) == 0 ? "NULL" : reader.GetString(1) == "TEXT" ? "''" : "0",
                };
                columns.Add((column, value));
            }
        }

        using var insert = connection.CreateCommand();
        insert.CommandText = string.Create(CultureInfo.InvariantCulture, $"INSERT INTO ApiKeys ({string.Join(", ", columns.Select(c => c.Name))}) VALUES ({string.Join(", ", columns.Select(c => c.Value))})");
        insert.ExecuteNonQuery();
    }

    private sealed class Counting : MemoryStream
    {
        public int LargestWrite { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            LargestWrite = Math.Max(LargestWrite, buffer.Length);
            return base.WriteAsync(buffer, cancellationToken);
        }
    }

    private sealed class Slow(Func<int, Task> read) : MemoryStream
    {
        public int Writes { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await read(++Writes);
    }
}
