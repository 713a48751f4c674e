using System.Numerics;
using System.Text.Json;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Tests.Platform;

public sealed class CircuitJsonTests
{
    [Fact]
    public async Task A_page_has_serializers_of_what_is_sent_and_none_of_the_interfaces_of_numbers_and_dictionaries()
    {
        await using var app = PortalApp.Start();
        await using var scope = app.Services.CreateAsyncScope();
        var options = CircuitJson.Options((JSRuntime)scope.ServiceProvider.GetRequiredService<IJSRuntime>());

        var sent = JsonSerializer.Serialize<object[]>([7, new Dictionary<string, int> { ["a"] = 1 }, new { Keys = (IReadOnlyList<string>)["Escape"] }], options);

        Assert.Equal("""[7,{"a":1},{"keys":["Escape"]}]""", sent);
        Assert.False(options.TryGetTypeInfo(typeof(INumber<int>), out _));
        Assert.False(options.TryGetTypeInfo(typeof(IReadOnlyDictionary<string, int>), out _));
        Assert.False(options.TryGetTypeInfo(typeof(IEnumerable<KeyValuePair<string, int>>), out _));
    }
}
