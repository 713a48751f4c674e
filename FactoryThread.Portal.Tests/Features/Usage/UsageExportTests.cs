using System.Text;
using System.Text.Json;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class UsageExportTests
{
    private static readonly UsageScope Erp = UsageScope.OfKey(UsageRig.Key, "erp");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_CSV_has_the_columns_of_the_contract_and_the_totals_of_the_database()
    {
        await using var rig = await UsageRig.StartAsync();
        var range = await FillAsync(rig);

        var lines = (await WriteAsync(rig, range, ExportFormat.Csv)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("start,flowId,total,succeeded,failed,refused", lines[0]);
        Assert.Equal("2026-11-24T11:00:00Z,abc123,6,3,2,1", lines[^2]);
        Assert.Equal("2026-11-24T12:00:00Z,,1,1,0,0", lines[^1]);
        Assert.Equal(UsageRig.Number(rig.Portal, "SELECT sum(Count) FROM UsageHour"), lines.Skip(1).Sum(l => int.Parse(l.Split(',')[2], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(lines.Length - 1, await rig.Get<UsageExport>().CountAsync(Erp, range, requests: false, Cancel));
    }

    [Fact]
    public async Task The_JSON_parses_and_its_rows_add_up_to_its_totals()
    {
        await using var rig = await UsageRig.StartAsync();
        var range = await FillAsync(rig);

        using var json = JsonDocument.Parse(await WriteAsync(rig, range, ExportFormat.Json));

        var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(UsageRig.Key, json.RootElement.GetProperty("keyId").GetString());
        Assert.Equal(7, json.RootElement.GetProperty("total").GetInt64());
        Assert.Equal(7, rows.Sum(r => r.GetProperty("total").GetInt64()));
        Assert.Equal(("2026-11-24T11:00:00Z", "abc123", 3L), (rows[0].GetProperty("start").GetString(), rows[0].GetProperty("flowId").GetString(), rows[0].GetProperty("succeeded").GetInt64()));
        Assert.Equal((2L, 1L), (rows[0].GetProperty("failed").GetInt64(), rows[0].GetProperty("refused").GetInt64()));
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("flowId").ValueKind);
    }

    [Fact]
    public async Task No_cell_can_start_a_formula()
    {
        await using var rig = await UsageRig.StartAsync();
        string[] hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\n=1", "\0=1", " =1", "＝1", "a,\"b"];
        foreach (var flow in hostile)
        {
            await rig.Recorder.RecordAsync(rig.Record(flow: flow));
        }

        var range = rig.Get<UsageReports>().Range(null, rig.Time.GetUtcNow().AddHours(1), UsageStep.Hour).Require();
        var csv = await WriteAsync(rig, range, ExportFormat.Csv);

        var cells = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l[(l.IndexOf(',', StringComparison.Ordinal) + 1)..].Trim('"')).ToList();
        Assert.Equal(hostile.Length - 1, cells.Count(c => c.StartsWith('\'')));
        Assert.DoesNotContain(cells, c => c.TrimStart() is ['=' or '+' or '-' or '@' or '＝', ..]);
        Assert.Contains("\"a,\"\"b\"", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_rows_are_read_in_pieces_without_losing_or_doubling_one()
    {
        await using var rig = await UsageRig.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 2600).Select(i => rig.Recorder.RecordAsync(
            rig.Record(flow: $"flow{i % 13}", outcome: (Outcome)(i % 2), after: TimeSpan.FromHours(-(i / 13)))).AsTask()));
        var range = rig.Get<UsageReports>().Range(null, rig.Time.GetUtcNow().AddHours(1), UsageStep.Hour).Require();

        using var json = JsonDocument.Parse(await WriteAsync(rig, range, ExportFormat.Json));

        var rows = json.RootElement.GetProperty("rows").EnumerateArray()
            .Select(r => (Start: r.GetProperty("start").GetDateTimeOffset(), Flow: r.GetProperty("flowId").GetString()!, Total: r.GetProperty("total").GetInt64())).ToList();
        Assert.Equal(2600, rows.Sum(r => r.Total));
        Assert.Equal(2600, rows.Select(r => (r.Start, r.Flow)).Distinct().Count());
        Assert.Equal(rows.OrderBy(r => r.Start).ThenBy(r => r.Flow, StringComparer.Ordinal), rows);
        Assert.Equal(2600, await rig.Get<UsageExport>().CountAsync(Erp, range, requests: false, Cancel));
    }

    [Fact]
    public async Task Writing_stops_when_the_reader_goes_away()
    {
        await using var rig = await UsageRig.StartAsync();
        var range = await FillAsync(rig);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => rig.Get<UsageExport>().WriteAsync(Stream.Null, new ExportOrder(Erp, range, Requests: false, ExportFormat.Csv), gone.Token));
    }

    [Theory]
    [InlineData("erp order/sync:\"x\"\r\n", "usage-erp-order-sync--x-2026-10-25-2026-11-24.csv")]
    [InlineData("../..", "usage-key-2026-10-25-2026-11-24.csv")]
    public async Task The_file_name_is_one_that_every_system_takes(string keyName, string expected)
    {
        await using var rig = await UsageRig.StartAsync();

        Assert.Equal(expected, UsageExport.FileName(
            new ExportOrder(UsageScope.OfKey(UsageRig.Key, keyName), rig.Get<UsageReports>().Range(null, null).Require(), Requests: false, ExportFormat.Csv)));
    }

    [Fact]
    public async Task The_file_name_has_the_first_and_the_last_day_of_the_viewers_zone()
    {
        await using var rig = await UsageRig.StartAsync();
        var range = rig.Get<UsageReports>().Range(null, null, zone: TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland")).Require();

        Assert.Equal("usage-erp-2026-10-26-2026-11-25.csv", UsageExport.FileName(new ExportOrder(Erp, range, Requests: false, ExportFormat.Csv)));
    }

    private static async Task<UsageRange> FillAsync(UsageRig rig)
    {
        foreach (var outcome in new[] { Outcome.Succeeded, Outcome.Succeeded, Outcome.Succeeded, Outcome.Failed, Outcome.Failed, Outcome.Refused })
        {
            await rig.Recorder.RecordAsync(rig.Record(outcome: outcome, after: TimeSpan.FromMinutes(-30)));
        }

        await rig.Recorder.RecordAsync(rig.Record(flow: null));
        return rig.Get<UsageReports>().Range(null, rig.Time.GetUtcNow().AddHours(1), UsageStep.Hour).Require();
    }

    private static async Task<string> WriteAsync(UsageRig rig, UsageRange range, ExportFormat format)
    {
        using var stream = new MemoryStream();
        await rig.Get<UsageExport>().WriteAsync(stream, new ExportOrder(Erp, range, Requests: false, format), Cancel);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
