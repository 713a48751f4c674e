using System.Buffers.Binary;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>The log of a slice: its requests gathered by key and minute into segments.</summary>
internal sealed class SegmentWriter
{
    /// <summary>Drafts that are kept for the next slices.</summary>
    private const int Kept = 1024;

    /// <summary>A draft whose buffer has grown beyond this is not kept.</summary>
    private const int KeptBytes = 256 * 1024;

    private readonly NativeStatement _segment;
    private readonly ByteGroups<Draft> _drafts = new();
    private readonly Stack<Draft> _free = new();
    private byte[] _packed = [];
    private readonly byte[] _group = new byte[8 + 3 * RequestRecordFormat.MaxTextLength];

    public SegmentWriter(NativeDatabase portal)
        => _segment = portal.Prepare("INSERT INTO RequestSegments (Id, KeyId, Minute, Rows, Counted, Records) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    public void Clear()
    {
        foreach (var (_, draft) in _drafts.All)
        {
            if (_free.Count < Kept && draft.Records.Length <= KeptBytes)
            {
                draft.Clear();
                _free.Push(draft);
            }
        }

        _drafts.Clear();
    }

    public void Add(ReadOnlySpan<byte> key, RequestRecordFormat.Entry entry)
    {
        // minute (8), key
        var group = _group.AsSpan(0, 8 + key.Length);
        BinaryPrimitives.WriteInt64LittleEndian(group, entry.At / RequestSegment.MinuteMilliseconds);
        key.CopyTo(group[8..]);
        if (!_drafts.TryFind(group, out var draft))
        {
            _drafts.Add(group, draft = _free.TryPop(out var free) ? free : new Draft());
        }

        draft.Add(entry);
    }

    /// <param name="id">The newest id there is.</param>
    /// <returns>The newest id afterwards.</returns>
    public long Write(long id)
    {
        foreach (var (group, draft) in _drafts.All)
        {
            _segment.Bind(1, id + 1).BindText(2, group.AsSpan(8)).Bind(3, BinaryPrimitives.ReadInt64LittleEndian(group))
                .Bind(4, draft.Rows).Bind(5, draft.Counted).BindBlob(6, SegmentPacking.Pack(draft.Written, ref _packed)).Run();
            id += draft.Rows;
        }

        return id;
    }

    /// <summary>A segment in the making.</summary>
    private sealed class Draft
    {
        private int _length;

        public Draft() => Clear();

        public byte[] Records { get; private set; } = new byte[512];

        public int Rows { get; private set; }

        public int Counted { get; private set; }

        public ReadOnlySpan<byte> Written => Records.AsSpan(0, _length);

        public void Clear()
        {
            Records[0] = RequestRecordFormat.Version;
            (_length, Rows, Counted) = (1, 0, 0);
        }

        public void Add(RequestRecordFormat.Entry entry)
        {
            if (Records.Length - _length < entry.Length)
            {
                var records = Records;
                Array.Resize(ref records, Math.Max(records.Length * 2, _length + entry.Length));
                Records = records;
            }

            _length += entry.CopyWithoutKeyTo(Records.AsSpan(_length));
            Rows++;
            Counted += entry.Counted ? 1 : 0;
        }
    }
}
