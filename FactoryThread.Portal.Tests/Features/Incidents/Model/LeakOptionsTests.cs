using System.Security.Cryptography;
using FactoryThread.Portal.Features.Incidents.Model;

namespace FactoryThread.Portal.Tests.Features.Incidents.Model;

public sealed class LeakOptionsTests
{
    [Fact]
    public void Every_fault_is_told_at_once_by_its_configuration_key()
    {
        var options = new LeakOptions { Policy = (LeakPolicy)7, GitHub = { KeysUrl = "api.github.com", PublicKeys = { ["k1"] = "no key" } } };

        var faults = new ValidateLeakOptions().Validate(null, options).Failures!.ToList();

        Assert.Equal(3, faults.Count);
        Assert.All(["Leaks:Policy", "Leaks:GitHub:KeysUrl", "Leaks:GitHub:PublicKeys:k1"], key => Assert.Contains(faults, f => f.StartsWith(key, StringComparison.Ordinal)));
    }

    [Fact]
    public void Reports_are_off_unless_there_is_a_way_to_check_them()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.False(new LeakOptions().GitHub.Enabled);
        Assert.True(new ValidateLeakOptions().Validate(null, new LeakOptions()).Succeeded);
        var configured = new LeakOptions { GitHub = { PublicKeys = { ["k1"] = key.ExportSubjectPublicKeyInfoPem() } } };
        Assert.True(configured.GitHub.Enabled);
        Assert.True(new ValidateLeakOptions().Validate(null, configured).Succeeded);
    }
}
