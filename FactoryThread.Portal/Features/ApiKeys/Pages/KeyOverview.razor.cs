using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A key's configuration, what it reaches, and how it is used at a glance.</summary>
public sealed partial class KeyOverview
{
    private IReadOnlyList<(string Id, Flow? Flow)>? _flows;

    [Inject]
    private FlowCatalog Catalog { get; set; } = null!;

    [Inject]
    private IOptions<KeyLimitDefaults> Limits { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    private bool RotationDue => Key.RotationDueAt <= Clock.GetUtcNow();

    private string Reach => Key.Permission switch
    {
        KeyPermission.FullAccess => "This key may run every published flow, those that are added later too.",
        KeyPermission.SpecificFlows => "This key may run these flows and see their executions, nothing else.",
        _ => "This key may see all flows and executions, but cannot run or change anything.",
    };

    protected override async Task OnParametersSetAsync()
    {
        var flows = await Catalog.CurrentAsync(CancellationToken.None);
        _flows = [.. Key.Flows.Select(id => (id, flows.Find(id)))];
    }

    private static string Limit(int? own, int standard)
        => own is { } limit ? limit.ToString("N0", CultureInfo.InvariantCulture) : $"{standard.ToString("N0", CultureInfo.InvariantCulture)} (default)";
}
