using FactoryThread.Portal.Data;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>
/// Some requests of one key that were answered in the same minute: a row of the log. Row by row, the log took more of the processor than
/// answering did, and a table and an index of twice the size.
/// </summary>
internal sealed class RequestSegment
{
    public const long MinuteMilliseconds = 60_000;

    /// <summary>The id of its first request; the others follow without gaps. Ascending in the order in which they were moved.</summary>
    public long Id { get; set; }

    public string KeyId { get; set; } = "";

    /// <summary>In which all its requests were judged; minutes since 1970, UTC.</summary>
    public long Minute { get; set; }

    public int Rows { get; set; }

    /// <summary>How many of them counted against the key's limits.</summary>
    public int Counted { get; set; }

    /// <summary>A batch of <see cref="RequestRecordFormat"/>, in the order of the answers, packed by <see cref="SegmentPacking"/>; its records leave out the key.</summary>
    public byte[] Records { get; set; } = [];
}

/// <summary>Takes a request, and nothing of it beyond the call.</summary>
/// <returns>False to see no more.</returns>
internal delegate bool RequestVisitor(long id, RequestRecordFormat.Entry request);

/// <summary>Reads the log of one key backwards: by minute, and within a minute in the order of the answers.</summary>
internal static class RequestSegments
{
    /// <param name="from">The first instant; null for all.</param>
    /// <param name="to">The first instant that no longer belongs to it; null for all.</param>
    /// <param name="most">Requests that are looked at.</param>
    /// <returns>The id of the last request looked at, if <paramref name="most"/> of them were and there are more; else null.</returns>
    public static Task<long?> VisitNewestAsync(
        PortalDbContext db, string keyId, DateTimeOffset? from, DateTimeOffset? to, long most, RequestVisitor visit, CancellationToken cancellationToken)
        => VisitNewestAsync(db, keyId, from, to, null, most, visit, cancellationToken);

    /// <inheritdoc cref="VisitNewestAsync(PortalDbContext, string, DateTimeOffset?, DateTimeOffset?, long, RequestVisitor, CancellationToken)"/>
    /// <param name="before">Begin behind the request with this id.</param>
    public static async Task<long?> VisitNewestAsync(
        PortalDbContext db, string keyId, DateTimeOffset? from, DateTimeOffset? to, long? before, long most, RequestVisitor visit, CancellationToken cancellationToken)
    {
        var (first, end) = (from?.ToUnixTimeMilliseconds() ?? long.MinValue, to?.ToUnixTimeMilliseconds() ?? long.MaxValue);
        var (seen, last) = (0L, (long?)null);
        var starts = new List<int>();
        var buffer = Array.Empty<byte>();
        await foreach (var segment in (await SegmentsAsync(db, keyId, first, end, before, cancellationToken)).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var records = SegmentPacking.Unpack(segment.Records, ref buffer);
            RequestRecordFormat.FindStarts(records, starts);
            for (var index = starts.Count - 1; index >= 0; index--)
            {
                var id = segment.Id + index;
                var request = RequestRecordFormat.At(records, starts[index]);
                if (request.At < first || request.At >= end || id >= before && segment.Id <= before)
                {
                    continue;
                }

                if (seen == most)
                {
                    return last;
                }

                (seen, last) = (seen + 1, id);
                if (!visit(id, request))
                {
                    return null;
                }
            }
        }

        return null;
    }

    internal static async Task<IQueryable<RequestSegment>> SegmentsAsync(
        PortalDbContext db, string keyId, long first, long end, long? before, CancellationToken cancellationToken)
    {
        var all = db.Set<RequestSegment>().AsNoTracking();
        var segments = all.Where(s => s.KeyId == keyId);
        if (first != long.MinValue)
        {
            var minute = first / RequestSegment.MinuteMilliseconds;
            segments = segments.Where(s => s.Minute >= minute);
        }

        if (end != long.MaxValue)
        {
            var minute = (end - 1) / RequestSegment.MinuteMilliseconds;
            segments = segments.Where(s => s.Minute <= minute);
        }

        if (before is { } cursor)
        {
            // The index is ordered by minute, the cursor is an id. What retention has removed meanwhile has nothing older after it.
            var at = await all.Where(s => s.Id <= cursor).OrderByDescending(s => s.Id).Select(s => new { s.Id, s.KeyId, s.Minute, s.Rows }).FirstOrDefaultAsync(cancellationToken);
            segments = at?.KeyId == keyId && cursor < at.Id + at.Rows
                ? segments.Where(s => s.Minute <= at.Minute && (s.Minute < at.Minute || s.Id <= at.Id))
                : segments.Where(s => s.Id < cursor);
        }

        return segments.OrderByDescending(s => s.Minute).ThenByDescending(s => s.Id);
    }
}
