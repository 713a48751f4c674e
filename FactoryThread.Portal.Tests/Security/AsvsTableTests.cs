using System.Text.RegularExpressions;

namespace FactoryThread.Portal.Tests.Security;

public sealed partial class AsvsTableTests
{
    [Fact]
    public void Every_test_that_the_table_names_is_there_and_every_requirement_stands_once()
    {
        var table = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Security", "asvs-5.0-level-2.md"));
        var tests = typeof(AsvsTableTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(m => m.GetCustomAttributes(inherit: true).Any(a => a is FactAttribute)).Select(m => $"{type.Name}.{m.Name}"))
            .ToHashSet(StringComparer.Ordinal);
        var named = TestName().Matches(table).Select(m => m.Groups[1].Value).Distinct().ToList();
        var ids = Requirement().Matches(table).Select(m => m.Groups[1].Value).ToList();

        Assert.True(named.Count > 100, $"{named.Count} tests were found in the table.");
        Assert.Equal([], named.Except(tests));
        Assert.Equal(ids.Distinct(), ids);
    }

    [GeneratedRegex(@"`([A-Z]\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| (\d+\.\d+\.\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Requirement();
}
