using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Tests.Features.Usage;

public sealed class UsageOptionsTests
{
    [Fact]
    public void Every_fault_names_its_configuration_key()
    {
        var faults = new ValidateUsageOptions().Validate(null, new UsageOptions
        {
            Synchronous = (SynchronousMode)7,
            MaxWaiting = 0,
            MaxIntakeMegabytes = 0,
            Retention = new() { Days = 0, Rows = 0 },
        }).Failures!.ToList();

        Assert.Equal(
            ["Usage:Synchronous", "Usage:MaxWaiting", "Usage:MaxIntakeMegabytes", "Usage:Retention:Days", "Usage:Retention:Rows"],
            faults.Select(f => f.Split(' ')[0]));
    }

    [Fact]
    public void The_defaults_are_valid() => Assert.True(new ValidateUsageOptions().Validate(null, new UsageOptions()).Succeeded);
}
