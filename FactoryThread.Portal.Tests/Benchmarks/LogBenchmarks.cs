using System.Diagnostics;
using System.Globalization;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Features.Usage;

namespace FactoryThread.Portal.Tests.Benchmarks;

/// <summary>What the Requests tab waits for in a log as large as the default retention lets it grow.</summary>
public sealed class LogBenchmarks
{
    private const int Rows = 10_000_000;
    private const int Keys = 10;
    private const int Looks = 300;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_page_out_of_ten_million_requests()
    {
        await using var rig = await UsageRig.StartAsync();
        var start = rig.Time.GetUtcNow().AddSeconds(-Rows);
        BigLog.FillLog(rig.Portal, Rows, start, Keys);
        var log = rig.Get<RequestLog>();
        var random = new Random(7);
        var report = new Report(string.Create(CultureInfo.InvariantCulture, $"A page of 50 out of {Rows:N0} requests, {new FileInfo(rig.Portal).Length / 1e9:N1} GB"));
        await ReportAsync("by key, the newest", "< 100 ms", _ => new RequestQuery { KeyId = Key() });
        await ReportAsync("by key and hour", "< 100 ms", from => new RequestQuery { KeyId = Key(), From = from, To = from.AddHours(1) });
        await ReportAsync("by key and day", "< 100 ms", from => new RequestQuery { KeyId = Key(), From = from, To = from.AddDays(1) });
        await ReportAsync("by key, day and an outcome that one in 31 has", "", from => new RequestQuery { KeyId = Key(), From = from, To = from.AddDays(1), Outcome = Outcome.Refused });
        report.Print();

        string Key() => string.Create(CultureInfo.InvariantCulture, $"key_{random.Next(Keys)}");

        async Task ReportAsync(string what, string goal, Func<DateTimeOffset, RequestQuery> query)
        {
            var took = new List<double>(Looks);
            for (var look = 0; look < Looks; look++)
            {
                var wanted = query(start.AddSeconds(random.Next(Rows - 200_000)));
                var started = Stopwatch.GetTimestamp();
                var page = await log.RequestsAsync(wanted, Cancel);
                took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                Assert.Equal(50, page.Items.Count);
            }

            took.Sort();
            report.Add(what, string.Create(CultureInfo.InvariantCulture, $"p99 {took[Looks * 99 / 100]:N1} ms"), goal, string.Create(CultureInfo.InvariantCulture, $"median {Report.Median(took):N1} ms, the slowest {took[^1]:N1} ms of {Looks}"));
        }
    }
}
