using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A key's configuration, what it reaches, and how it is used at a glance.</summary>
public sealed partial class KeyOverview
{
    private KeyGlance? _glance;
    private ApiKeyDetails? _loaded;
    private string? _fault;

    [Inject]
    private FlowCatalog Catalog { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private IOptions<KeyLimitDefaults> Limits { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    [Parameter]
    public EventCallback OnChanged { get; set; }

    private bool RotationDue => Key.RotationDueAt <= Clock.GetUtcNow();

    private string Reach => Key.Permission switch
    {
        KeyPermission.FullAccess => "This key may run every published flow, those that are added later too.",
        KeyPermission.SpecificFlows => "This key may run these flows and see their executions, nothing else.",
        _ => "This key may see all flows and executions, but cannot run or change anything.",
    };

    protected override Task OnParametersSetAsync() => ReferenceEquals(Key, _loaded) ? Task.CompletedTask : LoadAsync();

    private async Task LoadAsync()
    {
        _loaded = Key;
        _fault = null;
        try
        {
            _glance = await KeyGlance.OfAsync(Key, Reports, Catalog, Clock.GetUtcNow(), CancellationToken.None);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _fault = "The usage cannot be shown: the portal cannot reach its database at the moment.";
        }
    }

    private static string Limit(int? own, int standard, string per) => $"{Number(own ?? standard)} per {per}{(own is null ? " (default)" : "")}";

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double? share) => UsageText.Percent(share);

    private static string Milliseconds(TimeSpan? duration)
        => duration is { } value ? $"{value.TotalMilliseconds.ToString(value.TotalMilliseconds < 10 ? "0.#" : "N0", CultureInfo.InvariantCulture)} ms" : "—";
}
