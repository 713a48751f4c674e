using System.Buffers.Binary;
using System.Text;
using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>How a record lies in a batch of the intake and in a segment of the log. The versions after the one that wrote it must be able to read it.</summary>
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

    /// <summary>Where the first record of a batch begins.</summary>
    public const int FirstRecord = 1;

    /// <summary>Characters kept of a text; the error is kept whole up to <see cref="MaxErrorLength"/>.</summary>
    public const int MaxTextLength = 200;
    public const int MaxErrorLength = 1000;

    private const int FixedLength = 2 + 8 + 8 + 8 + 2 + 1;
    private const int TextCount = 9;
    private const int BytesPerCharacter = 3;
    private const int CountedFlag = 4;
    private const int TestFlag = 8;

    /// <summary>Writes the record to the start of the buffer, which is replaced by a larger one if it has to be.</summary>
    /// <returns>The number of bytes.</returns>
    public static int Write(in RequestRecord record, ref byte[] buffer)
    {
        var most = FixedLength + TextCount * 2 + BytesPerCharacter * (
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

    /// <summary>Null for an empty text.</summary>
    public static string? Text(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? null : Encoding.UTF8.GetString(utf8);

    /// <summary>The record that begins at a place of a batch, as <see cref="FindStarts"/> found it.</summary>
    public static Entry At(ReadOnlySpan<byte> batch, int start) => new(batch.Slice(start, 2 + BinaryPrimitives.ReadUInt16LittleEndian(batch[start..])));

    /// <summary>Where the records of a batch begin.</summary>
    /// <exception cref="InvalidDataException">The batch is damaged.</exception>
    public static void FindStarts(ReadOnlySpan<byte> batch, List<int> starts)
    {
        starts.Clear();
        var reader = new Reader(batch);
        for (var start = FirstRecord; reader.TryRead(out _); start = reader.Position)
        {
            starts.Add(start);
        }
    }

    /// <summary>Reads a batch record by record, without copying.</summary>
    public ref struct Reader
    {
        private readonly int _length;
        private ReadOnlySpan<byte> _rest;

        /// <param name="position">Where to begin, as <see cref="Position"/> told.</param>
        /// <exception cref="InvalidDataException">The batch has another version.</exception>
        public Reader(ReadOnlySpan<byte> batch, int position = FirstRecord)
        {
            if (batch.IsEmpty || batch[0] != Version)
            {
                throw new InvalidDataException("The batch has a format that this version does not know.");
            }

            _length = batch.Length;
            _rest = batch[position..];
        }

        /// <summary>Where the next record begins, or the length of the batch.</summary>
        public readonly int Position => _length - _rest.Length;

        /// <exception cref="InvalidDataException">The batch ends within a record, or the record is damaged.</exception>
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

            entry = new Entry(_rest[..(2 + BinaryPrimitives.ReadUInt16LittleEndian(_rest))]);
            entry.Check();
            _rest = _rest[entry.Length..];
            return true;
        }
    }

    /// <summary>A record in place.</summary>
    public readonly ref struct Entry(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        /// <summary>Bytes of the whole record.</summary>
        public int Length => _bytes.Length;

        public long At => BinaryPrimitives.ReadInt64LittleEndian(_bytes[2..]);

        public long SecretId => BinaryPrimitives.ReadInt64LittleEndian(_bytes[10..]);

        public long DurationMicros => BinaryPrimitives.ReadInt64LittleEndian(_bytes[18..]);

        public int Status => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[26..]);

        public Outcome Outcome => (Outcome)(_bytes[28] & 3);

        public bool Counted => (_bytes[28] & CountedFlag) != 0;

        public bool Test => (_bytes[28] & TestFlag) != 0;

        /// <summary>The key's id in UTF-8.</summary>
        public ReadOnlySpan<byte> KeyId => Texts.Next(out _);

        /// <summary>The record as it is shown; texts that are empty were null.</summary>
        public RequestLogEntry Show(long id, string keyId)
        {
            var texts = Named();
            return new RequestLogEntry
            {
                Id = id,
                At = DateTimeOffset.FromUnixTimeMilliseconds(At),
                KeyId = keyId,
                SecretId = SecretId,
                FlowId = Text(texts.FlowId),
                Route = Text(texts.Route) ?? "",
                Outcome = Outcome,
                Code = Text(texts.Code) ?? "",
                Status = Status,
                DurationMicros = DurationMicros,
                Address = Text(texts.Address),
                UserAgent = Text(texts.UserAgent),
                RequestId = Text(texts.RequestId),
                ExecutionId = Text(texts.ExecutionId),
                Error = Text(texts.Error),
                Counted = Counted,
                Test = Test,
            };
        }

        /// <summary>All texts in the order of the format, the key's id first.</summary>
        public TextReader Texts => new(_bytes[FixedLength..]);

        /// <summary>The texts by name.</summary>
        public RequestTexts Named() => new(Texts);

        internal void Check()
        {
            var rest = _bytes[FixedLength..];
            for (var text = 0; text < TextCount; text++)
            {
                var length = rest.Length < 2 ? int.MaxValue : 2 + Math.Max(BinaryPrimitives.ReadUInt16LittleEndian(rest) - 1, 0);
                if (length > rest.Length)
                {
                    throw new InvalidDataException("The batch has a damaged record.");
                }

                rest = rest[length..];
            }
        }

        /// <summary>Copies the record without its key.</summary>
        /// <returns>The number of bytes, at most <see cref="Length"/>.</returns>
        public int CopyWithoutKeyTo(Span<byte> target)
        {
            var rest = _bytes[(FixedLength + 2 + KeyId.Length)..];
            _bytes[..FixedLength].CopyTo(target);
            BinaryPrimitives.WriteUInt16LittleEndian(target[FixedLength..], 0);
            rest.CopyTo(target[(FixedLength + 2)..]);
            var length = FixedLength + 2 + rest.Length;
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)(length - 2));
            return length;
        }
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
    /// <summary>The texts of a record in UTF-8, empty for null.</summary>
    public readonly ref struct RequestTexts
    {
        public RequestTexts(TextReader texts)
        {
            texts.Next(out _);
            FlowId = texts.Next(out _);
            Route = texts.Next(out _);
            Code = texts.Next(out _);
            Address = texts.Next(out _);
            UserAgent = texts.Next(out _);
            RequestId = texts.Next(out _);
            ExecutionId = texts.Next(out _);
            Error = texts.Next(out _);
        }

        public ReadOnlySpan<byte> FlowId { get; }

        public ReadOnlySpan<byte> Route { get; }

        public ReadOnlySpan<byte> Code { get; }

        public ReadOnlySpan<byte> Address { get; }

        public ReadOnlySpan<byte> UserAgent { get; }

        public ReadOnlySpan<byte> RequestId { get; }

        public ReadOnlySpan<byte> ExecutionId { get; }

        public ReadOnlySpan<byte> Error { get; }
    }
}
