using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Platform;

/// <summary>
/// What an open page keeps to talk to its browser. Blazor gives each page serializers of its own, and a serializer of a number or a dictionary
/// looks, in case one of them were polymorphic, at all interfaces of the type (<c>INumber&lt;int&gt;</c> and fifty more) and keeps something
/// for each: 70 KB per page, a fifth of it. Here those interfaces are unknown.
/// </summary>
internal static class CircuitJson
{
    private static readonly LeanResolver Resolver = new();

    /// <summary>After Blazor's own services.</summary>
    public static void AddCircuitJson(this IServiceCollection services)
    {
        var blazors = services.Last(service => service.ServiceType == typeof(IJSRuntime));
        var implementation = blazors.ImplementationType ?? throw new InvalidOperationException("Blazor no longer registers the type of its IJSRuntime.");
        services.Remove(blazors);
        services.AddScoped(implementation);
        services.AddScoped<IJSRuntime>(provider =>
        {
            var runtime = (JSRuntime)provider.GetRequiredService(implementation);
            Options(runtime).TypeInfoResolver = Resolver;
            return runtime;
        });
    }

    private sealed class LeanResolver : IJsonTypeInfoResolver
    {
        private readonly DefaultJsonTypeInfoResolver _all = new();

        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options)
            => type.IsInterface && type.Assembly == typeof(int).Assembly && !IsSequence(type) ? null : _all.GetTypeInfo(type, options);

        // What is sent may declare one of these; nothing declares one of the others, and if it did, sending it would say so.
        private static bool IsSequence(Type type) => typeof(IEnumerable).IsAssignableFrom(type) && type.GenericTypeArguments is [{ IsGenericType: false }];
    }

    // Public since the beginning of JSRuntime only to classes derived from it, and this one is sealed.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_JsonSerializerOptions")]
    private static extern JsonSerializerOptions Options(JSRuntime runtime);
}
