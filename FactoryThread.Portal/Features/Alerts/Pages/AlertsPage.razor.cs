using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>Inbox, rules and delivery; the chosen tab stands in the address.</summary>
public sealed partial class AlertsPage : IDisposable
{
    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private string Current
    {
        get
        {
            var tab = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query).GetValueOrDefault("tab").ToString();
            return tab is "rules" or "delivery" ? tab : "inbox";
        }
    }

    public void Dispose() => Navigation.LocationChanged -= LocationChanged;

    protected override void OnInitialized() => Navigation.LocationChanged += LocationChanged;

    private void LocationChanged(object? sender, LocationChangedEventArgs change) => _ = InvokeAsync(StateHasChanged);
}
