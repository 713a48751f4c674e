using System.Net;
using FactoryThread.Portal.Features.Usage;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class CredentialFailureCounterTests
{
    [Fact]
    public async Task Counts_add_up_per_minute_code_and_address_over_several_flushes()
    {
        await using var rig = await UsageRig.StartAsync();
        var counter = rig.Get<CredentialFailureCounter>();
        for (var i = 0; i < 3; i++)
        {
            rig.Recorder.CountFailure("malformed_key", IPAddress.Parse("10.0.0.1"));
            rig.Recorder.CountFailure("malformed_key", IPAddress.Parse("::ffff:10.0.0.1"));
            counter.Flush();
        }

        rig.Recorder.CountFailure("missing_key", null);
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        rig.Recorder.CountFailure("malformed_key", IPAddress.Parse("10.0.0.1"));
        counter.Flush();

        Assert.Equal(6, UsageRig.Number(rig.Portal, "SELECT Count FROM CredentialFailures WHERE Code = 'malformed_key' AND Address = '10.0.0.1' ORDER BY Minute LIMIT 1"));
        Assert.Equal(3, UsageRig.Number(rig.Portal, "SELECT count(*) FROM CredentialFailures"));
    }

    [Fact]
    public async Task What_cannot_be_written_is_kept_and_written_when_it_can_be()
    {
        await using var rig = await UsageRig.StartAsync();
        var counter = rig.Get<CredentialFailureCounter>();
        UsageRig.Execute(rig.Portal, "CREATE TRIGGER broken BEFORE INSERT ON CredentialFailures BEGIN SELECT raise(ABORT, 'disk full'); END");
        for (var i = 0; i < 3; i++)
        {
            rig.Recorder.CountFailure("unknown_key", IPAddress.Parse("10.0.0.1"));
            rig.Recorder.CountFailure("unknown_key", IPAddress.Parse("10.0.0.2"));
            counter.Flush();
        }

        Assert.Equal(0, UsageRig.Number(rig.Portal, "SELECT count(*) FROM CredentialFailures"));
        UsageRig.Execute(rig.Portal, "DROP TRIGGER broken");
        counter.Flush();
        counter.Flush();

        Assert.Equal(3, UsageRig.Number(rig.Portal, "SELECT Count FROM CredentialFailures WHERE Address = '10.0.0.1'"));
        Assert.Equal(6, UsageRig.Number(rig.Portal, "SELECT sum(Count) FROM CredentialFailures"));
    }

    [Fact]
    public async Task A_flood_from_ever_new_addresses_stays_bounded_and_is_counted_all_the_same()
    {
        await using var rig = await UsageRig.StartAsync();
        const int Flood = CredentialFailureCounter.MaxEntries + 500;
        for (var i = 0; i < Flood; i++)
        {
            rig.Recorder.CountFailure("unknown_key", new IPAddress(i + 0x0A000000L));
        }

        rig.Get<CredentialFailureCounter>().Flush();

        Assert.InRange(UsageRig.Number(rig.Portal, "SELECT count(*) FROM CredentialFailures"), 2, CredentialFailureCounter.MaxEntries + 1);
        Assert.Equal(500, UsageRig.Number(rig.Portal, "SELECT Count FROM CredentialFailures WHERE Address = 'other'"));
        Assert.Equal(Flood, UsageRig.Number(rig.Portal, "SELECT sum(Count) FROM CredentialFailures"));
    }

    [Fact]
    public async Task They_are_written_each_second()
    {
        await using var rig = await UsageRig.StartAsync();
        rig.Recorder.CountFailure("unknown_key", IPAddress.Loopback);

        while (UsageRig.Number(rig.Portal, "SELECT count(*) FROM CredentialFailures") == 0)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
