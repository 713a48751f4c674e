using System.Buffers.Binary;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>The roll-ups of a slice: its requests summed up by key, hour, flow and outcome.</summary>
internal sealed class HourSums
{
    private const int HourMilliseconds = 60 * 60 * 1000;

    private readonly NativeStatement _hour;
    private readonly NativeStatement _used;
    private readonly ByteGroups<Sum> _sums = new();
    private readonly byte[] _group = new byte[8 + 1 + 2 + 2 * 3 * RequestRecordFormat.MaxTextLength];

    public HourSums(NativeDatabase portal)
    {
        _hour = portal.Prepare("""
            INSERT INTO UsageHour (KeyId, Hour, FlowId, Outcome, Count, Counted, DurationSumMicros, DurationMaxMicros, LastAt)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (KeyId, Hour, FlowId, Outcome) DO UPDATE SET
                Count = Count + excluded.Count,
                Counted = Counted + excluded.Counted,
                DurationSumMicros = DurationSumMicros + excluded.DurationSumMicros,
                DurationMaxMicros = max(DurationMaxMicros, excluded.DurationMaxMicros),
                LastAt = max(LastAt, excluded.LastAt)
            """);
        _used = portal.Prepare("UPDATE ApiKeys SET LastUsedAt = ?2 WHERE Id = ?1 AND (LastUsedAt IS NULL OR LastUsedAt < ?2)");
    }

    public void Clear() => _sums.Clear();

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> flow, RequestRecordFormat.Entry entry)
    {
        // hour (8), outcome (1), key length (2), key, flow
        var group = _group.AsSpan(0, 11 + key.Length + flow.Length);
        BinaryPrimitives.WriteInt64LittleEndian(group, entry.At - entry.At % HourMilliseconds);
        group[8] = (byte)entry.Outcome;
        BinaryPrimitives.WriteUInt16LittleEndian(group[9..], (ushort)key.Length);
        key.CopyTo(group[11..]);
        flow.CopyTo(group[(11 + key.Length)..]);
        if (!_sums.TryFind(group, out var sum))
        {
            _sums.Add(group, sum = new Sum());
        }

        sum.Count++;
        sum.Counted += entry.Counted ? 1 : 0;
        sum.Duration += entry.DurationMicros;
        sum.LongestDuration = Math.Max(sum.LongestDuration, entry.DurationMicros);
        sum.LastAt = Math.Max(sum.LastAt, entry.At);
    }

    public void Write()
    {
        foreach (var (group, sum) in _sums.All)
        {
            var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(group.AsSpan(9));
            var key = group.AsSpan(11, keyLength);
            _hour.BindText(1, key)
                .Bind(2, BinaryPrimitives.ReadInt64LittleEndian(group))
                .BindText(3, group.AsSpan(11 + keyLength))
                .Bind(4, group[8])
                .Bind(5, sum.Count)
                .Bind(6, sum.Counted)
                .Bind(7, sum.Duration)
                .Bind(8, sum.LongestDuration)
                .Bind(9, sum.LastAt)
                .Run();
            _used.BindText(1, key).Bind(2, sum.LastAt).Run();
        }
    }

    private sealed class Sum
    {
        public long Count { get; set; }

        public long Counted { get; set; }

        public long Duration { get; set; }

        public long LongestDuration { get; set; }

        public long LastAt { get; set; }
    }
}
