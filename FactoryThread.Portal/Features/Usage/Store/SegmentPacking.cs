using System.Buffers.Binary;
using System.IO.Compression;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>
/// Packs the records of a segment: they are so alike that a quarter of the bytes remains, and writing less to WAL and file saves more of the
/// processor than the packing takes. What is packed begins with a byte that no version of <see cref="RequestRecordFormat"/> has.
/// </summary>
internal static class SegmentPacking
{
    private const byte Marker = 0xB1;

    /// <summary>Marker (1), length of the records (4, little-endian), then Brotli (RFC 7932).</summary>
    private const int HeaderLength = 5;

    /// <summary>Bytes below which there is little to gain.</summary>
    private const int Least = 1024;

    /// <summary>More than a slice of the mover can hold.</summary>
    private const int Most = 256 * 1024 * 1024;

    private const int Quality = 1;
    private const int WindowBits = 18;

    /// <param name="buffer">Replaced by a larger one if it has to be.</param>
    /// <returns>The packed records in the buffer, or the records as they are.</returns>
    public static ReadOnlySpan<byte> Pack(ReadOnlySpan<byte> records, ref byte[] buffer)
    {
        if (records.Length < Least)
        {
            return records;
        }

        Reserve(ref buffer, HeaderLength + BrotliEncoder.GetMaxCompressedLength(records.Length));
        if (!BrotliEncoder.TryCompress(records, buffer.AsSpan(HeaderLength), out var written, Quality, WindowBits) || HeaderLength + written >= records.Length)
        {
            return records;
        }

        buffer[0] = Marker;
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), records.Length);
        return buffer.AsSpan(0, HeaderLength + written);
    }

    /// <param name="buffer">Replaced by a larger one if it has to be.</param>
    /// <returns>The records in the buffer, or the very bytes that are stored if they are not packed.</returns>
    /// <exception cref="InvalidDataException">The segment is damaged.</exception>
    public static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> stored, ref byte[] buffer)
    {
        if (stored.IsEmpty || stored[0] != Marker)
        {
            return stored;
        }

        var length = stored.Length < HeaderLength ? 0 : BinaryPrimitives.ReadInt32LittleEndian(stored[1..]);
        if (length is > 0 and <= Most)
        {
            Reserve(ref buffer, length);
            if (BrotliDecoder.TryDecompress(stored[HeaderLength..], buffer.AsSpan(0, length), out var written) && written == length)
            {
                return buffer.AsSpan(0, length);
            }
        }

        throw new InvalidDataException("A segment of the log is damaged.");
    }

    private static void Reserve(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new byte[length * 2];
        }
    }
}
