using System.Reflection;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Tests.Architecture;

public sealed class CallerTests
{
    /// <summary>A page lives longer than the rights of whoever opened it, so it asks for them each time.</summary>
    [Fact]
    public void No_page_and_no_service_of_a_circuit_keeps_who_is_calling()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var keeps = typeof(Program).Assembly.GetTypes()
            .Where(t => (t.IsAssignableTo(typeof(IComponent)) || t.Name.EndsWith("Service", StringComparison.Ordinal) || t.Name == "CurrentUser")
                && t.GetFields(all).Any(f => f.FieldType == typeof(Caller) || f.FieldType == typeof(Task<Caller>)))
            .Select(t => t.FullName).ToList();

        Assert.Empty(keeps);
    }
}
