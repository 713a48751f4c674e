using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class SegmentPackingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(5_000_000)]
    public void Records_come_back_as_they_were_whatever_their_length(int length)
    {
        var records = new byte[length];
        new Random(7).NextBytes(records.AsSpan(0, length / 2));
        records[0] = RequestRecordFormat.Version;
        var (packing, unpacking) = (Array.Empty<byte>(), Array.Empty<byte>());

        var packed = SegmentPacking.Pack(records, ref packing).ToArray();

        Assert.Equal(records, SegmentPacking.Unpack(packed, ref unpacking).ToArray());
        Assert.Equal(length >= 1024, packed.Length < length);
    }

    [Theory]
    [InlineData(new byte[] { 0xB1 })]
    [InlineData(new byte[] { 0xB1, 255, 255, 255, 255, 1 })]
    [InlineData(new byte[] { 0xB1, 0, 0, 0, 127, 1 })]
    [InlineData(new byte[] { 0xB1, 16, 0, 0, 0, 9, 9, 9 })]
    public void Damaged_bytes_are_said_to_be_damaged(byte[] stored)
    {
        var buffer = Array.Empty<byte>();

        Assert.Throws<InvalidDataException>(() => SegmentPacking.Unpack(stored, ref buffer));
    }

    [Fact]
    public async Task A_busy_minute_of_a_key_takes_a_quarter_of_the_space()
    {
        await using var rig = await UsageRig.StartAsync();
        LogFile.Append(rig.Portal, Enumerable.Range(0, 500).Select(i => rig.Record() with { RequestId = $"0HN7GLLMB{i:D8}", DurationMicros = 100 + i * 7 % 300 }));

        Assert.InRange(UsageRig.Number(rig.Portal, "SELECT max(length(Records)) FROM RequestSegments"), 1, 500 * 35);
        var page = await rig.Get<RequestLog>().RequestsAsync(new RequestQuery { KeyId = UsageRig.Key, Take = 1 }, TestContext.Current.CancellationToken);
        Assert.Equal("0HN7GLLMB00000499", Assert.Single(page.Items).RequestId);
    }

    [Fact]
    public async Task A_damaged_segment_is_a_fault_of_the_store()
    {
        await using var rig = await UsageRig.StartAsync();
        LogFile.Append(rig.Portal, [rig.Record()]);
        UsageRig.Execute(rig.Portal, "UPDATE RequestSegments SET Records = x'B1'");

        var fault = await Assert.ThrowsAsync<InvalidDataException>(
            () => rig.Get<RequestLog>().RequestsAsync(new RequestQuery { KeyId = UsageRig.Key }, TestContext.Current.CancellationToken));

        Assert.True(StoreFault.Is(fault));
    }
}
