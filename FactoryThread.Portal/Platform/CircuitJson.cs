using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Platform;

/// <summary>
/// What an open page keeps to talk to its browser. Blazor gives each page serializers of its own, and a serializer of a number or a dictionary
/// looks, in case one of them were polymorphic, at all interfaces of the type (<c>INumber&lt;int&gt;</c> and fifty more) and keeps something
/// for each: 45 KB per page, an eighth of it. Here those interfaces are unknown.
/// </summary>
internal static class CircuitJson
{
    private static readonly DefaultJsonTypeInfoResolver Reflection = new();

    /// <summary>After Blazor's own services.</summary>
    public static void AddCircuitJson(this IServiceCollection services)
    {
        var blazors = services.Last(service => service.ServiceType == typeof(IJSRuntime));
        var create = ActivatorUtilities.CreateFactory(
            blazors.ImplementationType ?? throw new InvalidOperationException("Blazor no longer registers the type of its IJSRuntime."), []);
        services.Remove(blazors);
        services.AddScoped<IJSRuntime>(provider =>
        {
            var runtime = (JSRuntime)create(provider, null);
            var options = Options(runtime);
            options.TypeInfoResolver = new LeanResolver(options.TypeInfoResolver ?? Reflection);
            return runtime;
        });
    }

    // Open to derived classes only (protected internal), and Blazor's own is internal to it.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_JsonSerializerOptions")]
    internal static extern JsonSerializerOptions Options(JSRuntime runtime);

    private sealed class LeanResolver(IJsonTypeInfoResolver all) : IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options)
            => type.IsInterface && type.Assembly == typeof(int).Assembly && !IsSequence(type) ? null : all.GetTypeInfo(type, options);

        // What is sent or received may declare one of these, such as IReadOnlyList<string>; nothing declares one of the others.
        private static bool IsSequence(Type type)
            => typeof(IEnumerable).IsAssignableFrom(type) && type.GenericTypeArguments is [var element]
                && !(element.IsGenericType && element.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));
    }
}
