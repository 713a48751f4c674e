using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>Writes usage or requests as CSV or JSON while it reads them: neither memory nor an open read grows with the range or a slow reader.</summary>
/// <remarks>Everything answered before the call is in it. Rows come key by key, and within a key by time.</remarks>
public sealed class UsageExport(UsageMover mover, IOptions<PortalOptions> options)
{
    private const int RowsPerSlice = 500;

    public static string ContentType(ExportFormat format) => format == ExportFormat.Csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";

    /// <summary>Such as <c>usage-erp-order-sync-2026-10-25-2026-11-24.csv</c>; of a name only what every file system takes.</summary>
    public static string FileName(ExportOrder order)
    {
        var (range, extension) = (order.Range, order.Format == ExportFormat.Csv ? "csv" : "json");
        var name = string.Concat(order.Scope.Name.Take(60).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).Trim('-', '.');
        var (from, to) = (TimeZoneInfo.ConvertTime(range.From, range.Zone), TimeZoneInfo.ConvertTime(range.To, range.Zone));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(order.Requests ? "requests" : "usage")}-{(name.Length == 0 ? "key" : name)}-{from:yyyy-MM-dd}-{to:yyyy-MM-dd}.{extension}");
    }

    /// <summary>Writes everything to the stream, which stays open.</summary>
    /// <exception cref="OperationCanceledException">The reader went away; what is missing was not read.</exception>
    public async Task WriteAsync(Stream stream, ExportOrder order, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        using var sheet = ExportSheet.Of(order);
        sheet.Begin();
        if (order.Requests)
        {
            using var scan = new RequestScan(options.Value, order.Scope, order.Range);
            while (scan.Next(RowsPerSlice, sheet.Write))
            {
                await sheet.SendAsync(stream, cancellationToken);
            }
        }
        else
        {
            foreach (var slice in Rows(order.Scope, order.Range).Chunk(RowsPerSlice))
            {
                Array.ForEach(slice, sheet.Write);
                await sheet.SendAsync(stream, cancellationToken);
            }
        }

        sheet.End();
        await sheet.SendAsync(stream, cancellationToken);
    }

    /// <summary>How many rows there are to write.</summary>
    public async Task<long> CountAsync(UsageScope scope, UsageRange range, bool requests, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        if (requests)
        {
            using var scan = new RequestScan(options.Value, scope, range);
            return scan.Count(cancellationToken);
        }

        var count = 0L;
        foreach (var _ in Rows(scope, range))
        {
            cancellationToken.ThrowIfCancellationRequested();
            count++;
        }

        return count;
    }

    /// <summary>One row per key, bucket and flow.</summary>
    private IEnumerable<UsageRow> Rows(UsageScope scope, UsageRange range)
    {
        using var scan = new UsageHourScan(options.Value, scope, range);
        var gathered = new SortedDictionary<string, UsageCounts>(StringComparer.Ordinal);
        (UsageKey? Key, DateTimeOffset Bucket) current = default;
        for (var slice = scan.Next(RowsPerSlice); slice.Count > 0; slice = scan.Next(RowsPerSlice))
        {
            foreach (var hour in slice)
            {
                var bucket = (hour.Key, range.BucketOf(hour.Hour));
                if (bucket != current)
                {
                    foreach (var (flow, counts) in gathered)
                    {
                        yield return new UsageRow(current.Key!, current.Bucket, flow, counts);
                    }

                    gathered.Clear();
                    current = bucket;
                }

                gathered[hour.FlowId] = gathered.GetValueOrDefault(hour.FlowId).With(hour.Outcome, hour.Count);
            }
        }

        foreach (var (flow, counts) in gathered)
        {
            yield return new UsageRow(current.Key!, current.Bucket, flow, counts);
        }
    }
}
