using System.Diagnostics.CodeAnalysis;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Things gathered by a group that is known by its bytes, in the order of their first appearance.</summary>
internal sealed class ByteGroups<T>
{
    private readonly Dictionary<byte[], T> _groups = new(new Comparer());
    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public ByteGroups() => _lookup = _groups.GetAlternateLookup<ReadOnlySpan<byte>>();

    public IEnumerable<KeyValuePair<byte[], T>> All => _groups;

    public bool TryFind(ReadOnlySpan<byte> group, [MaybeNullWhen(false)] out T value) => _lookup.TryGetValue(group, out value);

    public void Add(ReadOnlySpan<byte> group, T value) => _lookup[group] = value;

    public void Clear() => _groups.Clear();

    /// <summary>Finds a group by its bytes without making an array of them.</summary>
    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
