using System.Diagnostics;
using System.Globalization;
using CsvHelper;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Features.Usage;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>The export of a log beside CsvHelper writing the same rows from memory, in turns on the same machine; see <c>.ci/bench</c>.</summary>
public sealed partial class ExportBenchmarks
{
    private const int Rows = 1_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_million_requests()
    {
        await using var rig = await UsageRig.StartAsync();
        BigLog.Fill(rig.Portal, Rows, rig.Time.GetUtcNow().AddDays(-30), keys: 1);
        var range = rig.Get<UsageReports>().Range(null, rig.Time.GetUtcNow().AddHours(1)).Require();
        var order = new ExportOrder(UsageScope.OfKey("key_0", "erp"), range, Requests: true, ExportFormat.Csv);
        var rows = Load(rig);
        var (ours, theirs, json) = (new List<double>(), new List<double>(), new List<double>());
        var memory = 0L;
        for (var round = 0; round <= BenchSettings.Rounds; round++)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var mine = await TimeAsync(stream => rig.Get<UsageExport>().WriteAsync(stream, order, Cancel));
            memory = GC.GetTotalAllocatedBytes() - allocated;
            var csv = await TimeAsync(stream => WriteAsync(stream, rows));
            var asJson = await TimeAsync(stream => rig.Get<UsageExport>().WriteAsync(stream, order with { Format = ExportFormat.Json }, Cancel));

            // The same bytes, or the two are not comparable; the first round warms up.
            Assert.Equal(csv.Bytes, mine.Bytes);
            if (round > 0)
            {
                ours.Add(mine.Seconds);
                theirs.Add(csv.Seconds);
                json.Add(asJson.Seconds);
            }
        }

        var report = new Report(string.Create(CultureInfo.InvariantCulture, $"Export of {Rows:N0} requests"));
        report.Add("CSV: rows/s", $"{Report.Ratio(Report.Median(theirs) / Report.Median(ours))} × CsvHelper from memory", "≥ 0.50", $"{Rows / Report.Median(ours):N0} and {Rows / Report.Median(theirs):N0}");
        report.Add("CSV: allocated", $"{memory / 1048576.0:N1} MB", "", "in all, of an export");
        report.Add("JSON: rows/s", $"{Rows / Report.Median(json):N0}");
        report.Print();
    }

    private static async Task WriteAsync(Stream stream, List<Row> rows)
    {
        await using var csv = CsvWriter.Create(stream, CsvSheet.Options, leaveOpen: true);
        csv.WriteRecords(rows);
        await csv.FlushAsync(Cancel);
    }

    private static List<Row> Load(UsageRig rig) => LogFile.Read(rig.Portal).ConvertAll(e => new Row(
        e.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), e.RequestId, e.FlowId, e.Route,
        e.Outcome == Outcome.Succeeded ? "succeeded" : "refused", e.Code, e.Status, e.DurationMicros, e.Address, e.UserAgent, e.ExecutionId, e.Error, e.Test ? "test" : "live"));

    private static async Task<(double Seconds, long Bytes)> TimeAsync(Func<Stream, Task> write)
    {
        await using var sink = new Sink();
        var started = Stopwatch.GetTimestamp();
        await write(sink);
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, sink.Bytes);
    }

    [CsvRecord]
    internal sealed partial record Row(
        [property: CsvColumn("at")] string At,
        [property: CsvColumn("requestId")] string? RequestId,
        [property: CsvColumn("flowId")] string? FlowId,
        [property: CsvColumn("route")] string Route,
        [property: CsvColumn("outcome")] string Outcome,
        [property: CsvColumn("code")] string Code,
        [property: CsvColumn("status")] int Status,
        [property: CsvColumn("durationMicros")] long DurationMicros,
        [property: CsvColumn("address")] string? Address,
        [property: CsvColumn("userAgent")] string? UserAgent,
        [property: CsvColumn("executionId")] string? ExecutionId,
        [property: CsvColumn("error")] string? Error,
        [property: CsvColumn("environment")] string Environment);

    /// <summary>Takes bytes and counts them.</summary>
    private sealed class Sink : Stream
    {
        public long Bytes { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Bytes;

        public override long Position
        {
            get => Bytes;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Bytes += count;

        public override void Write(ReadOnlySpan<byte> buffer) => Bytes += buffer.Length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Bytes += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
