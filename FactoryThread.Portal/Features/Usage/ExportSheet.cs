using System.Buffers.Text;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;

namespace FactoryThread.Portal.Features.Usage;

/// <summary>A file in the making: what is written gathers in memory until it is sent.</summary>
internal abstract class ExportSheet(ExportOrder order) : IDisposable
{
    protected ExportOrder Order => order;

    protected MemoryStream Buffer { get; } = new();

    public static ExportSheet Of(ExportOrder order) => order.Format == ExportFormat.Csv ? new CsvSheet(order) : new JsonSheet(order);

    public abstract void Begin();

    public abstract void Write(UsageRow row);

    public abstract void Write(LoggedRequest request);

    public abstract void End();

    /// <summary>Sends what has gathered, and waits for a slow reader.</summary>
    public async Task SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Complete();
        await stream.WriteAsync(Buffer.GetBuffer().AsMemory(0, (int)Buffer.Length), cancellationToken);
        Buffer.SetLength(0);
    }

    public virtual void Dispose() => Buffer.Dispose();

    /// <summary>Brings into the buffer what the writer still holds.</summary>
    protected abstract void Complete();

    /// <summary><c>2026-11-24T11:00:00.000Z</c></summary>
    protected static ReadOnlySpan<byte> Instant(DateTime utc, Span<byte> text)
    {
        // Several times as fast as a format of our own, and there is one per row.
        _ = Utf8Formatter.TryFormat(utc, text, out _, 'O');
        text[InstantLength - 1] = (byte)'Z';
        return text[..InstantLength];
    }

    protected const int InstantLength = 24;

    /// <summary>Room for the longer form that an instant is cut from.</summary>
    protected const int InstantRoom = 33;

    protected static ReadOnlySpan<byte> Word(Outcome outcome) => outcome switch
    {
        Outcome.Succeeded => "succeeded"u8,
        Outcome.Failed => "failed"u8,
        _ => "refused"u8,
    };
}
