using System.Reflection;
using System.Runtime.CompilerServices;

namespace FactoryThread.Portal.Tests.Architecture;

/// <summary>Who may know whom. Read from the types that fields, parameters, locals and generic arguments name.</summary>
public sealed class ArrowTests
{
    private const string Root = "FactoryThread.Portal";
    private static readonly string[] Features = ["Access", "Accounts", "Alerts", "ApiKeys", "Audit", "Flows", "Help", "Incidents", "Overview", "Usage", "Workspace"];

    [Fact]
    public void Platform_and_Data_name_no_feature() => Holds(from => In(from, "Platform") || In(from, "Data"), to => In(to, "Features"));

    [Fact]
    public void A_model_knows_only_models()
        => Holds(from => from.Contains(".Model", StringComparison.Ordinal), to => In(to, "") && !to.Contains(".Model", StringComparison.Ordinal));

    [Fact]
    public void A_store_knows_no_service_endpoint_or_page()
        => Holds(from => from.EndsWith(".Store", StringComparison.Ordinal), to => IsService(to) || Is(to, "Http") || Is(to, "Pages"));

    [Fact]
    public void A_service_knows_no_endpoint_or_page() => Holds(IsService, to => Is(to, "Pages") || (Is(to, "Http") && !In(to, "Features.Access")));

    [Fact]
    public void Keys_never_know_access() => Holds(from => In(from, "Features.ApiKeys") && !Is(from, "Http"), to => In(to, "Features.Access"));

    [Fact]
    public void The_audit_record_calls_no_feature()
        => Holds(from => In(from, "Features.Audit") && !Is(from, "Http") && !Is(from, "Pages"), to => In(to, "Features") && !In(to, "Features.Audit"));

    [Fact]
    public void The_screens_of_the_audit_record_know_only_who_is_looking()
        => Holds(
            from => In(from, "Features.Audit"),
            to => In(to, "Features") && !In(to, "Features.Audit") && !In(to, "Features.Accounts") && !to.Contains(".Model", StringComparison.Ordinal));

    [Fact]
    public void Only_endpoints_know_access()
        => Holds(
            from => In(from, "Features") && !In(from, "Features.Access") && !Is(from, "Http") && !Is(from, "Pages"),
            to => In(to, "Features.Access") && !to.Contains(".Model", StringComparison.Ordinal));

    [Fact]
    public void Pages_know_no_store() => Holds(from => Is(from, "Pages"), to => Is(to, "Store"));

    [Fact]
    public void The_rules_bite()
        => Assert.NotEmpty(Arrows().Where(a => Is(a.From, "Pages") && IsService(a.To)).Concat(Arrows().Where(a => IsService(a.From) && Is(a.To, "Store"))));

    private static void Holds(Func<string, bool> from, Func<string, bool> never)
        => Assert.Empty(Arrows().Where(a => from(a.From) && never(a.To) && a.From != a.To).Select(a => $"{a.Type} → {a.Target}").Distinct());

    private static bool In(string space, string part) => part.Length == 0 || space == $"{Root}.{part}" || space.StartsWith($"{Root}.{part}.", StringComparison.Ordinal);

    private static bool Is(string space, string layer) => space.EndsWith($".{layer}", StringComparison.Ordinal) || space.Contains($".{layer}.", StringComparison.Ordinal);

    // The types right in a feature's folder, without its registration.
    private static bool IsService(string space) => Array.Exists(Features, f => space == $"{Root}.Features.{f}");

    private static IEnumerable<(string From, string To, string Type, string Target)> Arrows()
        => from type in typeof(Program).Assembly.GetTypes()
           where type.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true && !Outermost(type).Name.EndsWith("Feature", StringComparison.Ordinal)
               && !type.Namespace.Contains(".Migrations", StringComparison.Ordinal)
           from target in Named(type)
           where target.Assembly == type.Assembly && target.Namespace is not null && !target.Name.EndsWith("Feature", StringComparison.Ordinal)
           select (type.Namespace!, target.Namespace!, Outermost(type).FullName!, target.FullName!);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> Named(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var fields = type.GetFields(all).Select(f => f.FieldType);
        var methods = type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)).ToList();
        var signatures = methods.SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append((m as MethodInfo)?.ReturnType ?? typeof(void)));
        var locals = methods.Select(m => m.GetMethodBody()).OfType<MethodBody>().SelectMany(b => b.LocalVariables.Select(l => l.LocalType));
        var machines = methods.Select(m => m.GetCustomAttribute<AsyncStateMachineAttribute>()?.StateMachineType).OfType<Type>();
        return fields.Concat(signatures).Concat(locals).Concat(machines.SelectMany(m => m.GetFields(all).Select(f => f.FieldType)))
            .Concat(type.GetInterfaces()).Append(type.BaseType ?? typeof(object)).SelectMany(Flatten).Distinct();
    }

    private static IEnumerable<Type> Flatten(Type type)
        => type.HasElementType ? Flatten(type.GetElementType()!)
            : type.IsGenericType ? type.GetGenericArguments().SelectMany(Flatten).Append(type.GetGenericTypeDefinition())
            : [type];
}
