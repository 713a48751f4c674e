using System.Buffers.Binary;
using System.Text;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>How a record lies in an intake batch. Short-lived data: nothing reads it but the version that wrote it and its successors.</summary>
/// <remarks>
/// <code>
/// batch   version (1 byte, now 1), then records
/// record  length of what follows (2 bytes), at (8), secret id (8), duration (8), status (2),
///         flags (1: outcome in bits 0–1, counted 2, test 3),
///         then as UTF-8 with its length + 1 in 2 bytes (0 is null):
///         key, flow, route, code, address, user agent, request id, execution id, error
/// </code>
/// Numbers are little-endian.
/// </remarks>
internal static class RequestRecordFormat
{
    public const byte Version = 1;

    /// <summary>Characters kept of a text; the error is kept whole up to <see cref="MaxErrorLength"/>.</summary>
    public const int MaxTextLength = 200;
    public const int MaxErrorLength = 1000;

    private const int FixedLength = 2 + 8 + 8 + 8 + 2 + 1;
    private const int BytesPerCharacter = 3;
    private const int CountedFlag = 4;
    private const int TestFlag = 8;

    /// <summary>Writes the record to the start of the buffer, which is replaced by a larger one if it has to be.</summary>
    /// <returns>The number of bytes.</returns>
    public static int Write(in RequestRecord record, ref byte[] buffer)
    {
        var most = FixedLength + 9 * 2 + BytesPerCharacter * (
            Kept(record.KeyId) + Kept(record.FlowId) + Kept(record.Route) + Kept(record.Code) + Kept(record.Address)
            + Kept(record.UserAgent) + Kept(record.RequestId) + Kept(record.ExecutionId) + Kept(record.Error, MaxErrorLength));
        if (buffer.Length < most)
        {
            buffer = new byte[most];
        }

        var span = buffer.AsSpan();
        BinaryPrimitives.WriteInt64LittleEndian(span[2..], record.At);
        BinaryPrimitives.WriteInt64LittleEndian(span[10..], record.SecretId);
        BinaryPrimitives.WriteInt64LittleEndian(span[18..], record.DurationMicros);
        BinaryPrimitives.WriteUInt16LittleEndian(span[26..], (ushort)record.Status);
        span[28] = (byte)((int)record.Outcome | (record.Counted ? CountedFlag : 0) | (record.Test ? TestFlag : 0));
        var at = FixedLength;
        Text(record.KeyId, MaxTextLength, span, ref at);
        Text(record.FlowId, MaxTextLength, span, ref at);
        Text(record.Route, MaxTextLength, span, ref at);
        Text(record.Code, MaxTextLength, span, ref at);
        Text(record.Address, MaxTextLength, span, ref at);
        Text(record.UserAgent, MaxTextLength, span, ref at);
        Text(record.RequestId, MaxTextLength, span, ref at);
        Text(record.ExecutionId, MaxTextLength, span, ref at);
        Text(record.Error, MaxErrorLength, span, ref at);
        BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)(at - 2));
        return at;
    }

    private static int Kept(string? text, int most = MaxTextLength) => text is null ? 0 : Math.Min(text.Length, most);

    private static void Text(string? text, int most, Span<byte> span, ref int at)
    {
        var written = text is null ? -1 : Encoding.UTF8.GetBytes(text.AsSpan(0, Kept(text, most)), span[(at + 2)..]);
        BinaryPrimitives.WriteUInt16LittleEndian(span[at..], (ushort)(written + 1));
        at += 2 + Math.Max(written, 0);
    }

    /// <summary>Reads a batch record by record, without copying.</summary>
    public ref struct Reader
    {
        private ReadOnlySpan<byte> _rest;

        /// <exception cref="InvalidDataException">The batch has another version.</exception>
        public Reader(ReadOnlySpan<byte> batch)
        {
            if (batch.IsEmpty || batch[0] != Version)
            {
                throw new InvalidDataException("The batch has a format that this version does not know.");
            }

            _rest = batch[1..];
        }

        /// <exception cref="InvalidDataException">The batch ends within a record.</exception>
        public bool TryRead(out Entry entry)
        {
            if (_rest.IsEmpty)
            {
                entry = default;
                return false;
            }

            if (_rest.Length < FixedLength || _rest.Length < 2 + BinaryPrimitives.ReadUInt16LittleEndian(_rest))
            {
                throw new InvalidDataException("The batch ends within a record.");
            }

            var length = 2 + BinaryPrimitives.ReadUInt16LittleEndian(_rest);
            entry = new Entry(_rest[..length]);
            _rest = _rest[length..];
            return true;
        }
    }

    /// <summary>A record in place.</summary>
    public readonly ref struct Entry(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public long At => BinaryPrimitives.ReadInt64LittleEndian(_bytes[2..]);

        public long SecretId => BinaryPrimitives.ReadInt64LittleEndian(_bytes[10..]);

        public long DurationMicros => BinaryPrimitives.ReadInt64LittleEndian(_bytes[18..]);

        public int Status => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[26..]);

        public Outcome Outcome => (Outcome)(_bytes[28] & 3);

        public bool Counted => (_bytes[28] & CountedFlag) != 0;

        public bool Test => (_bytes[28] & TestFlag) != 0;

        /// <summary>The key's id in UTF-8.</summary>
        public ReadOnlySpan<byte> KeyId => Texts.Next(out _);

        /// <summary>All texts in the order of the format, the key's id first.</summary>
        public TextReader Texts => new(_bytes[FixedLength..]);
    }

    /// <summary>Reads the texts of a record one after the other.</summary>
    public ref struct TextReader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public ReadOnlySpan<byte> Next(out bool isNull)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest) - 1;
            isNull = length < 0;
            var text = isNull ? default : _rest.Slice(2, length);
            _rest = _rest[(2 + text.Length)..];
            return text;
        }
    }
}
