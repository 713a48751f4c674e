using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.Alerts.Pages;

/// <summary>Inbox, rules and delivery; the chosen tab stands in the address.</summary>
public sealed partial class AlertsPage : IDisposable
{
    private static readonly (string Id, string Text)[] Tabs = [("inbox", "Inbox"), ("rules", "Rules"), ("delivery", "Delivery")];

    private bool _administrator;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private string Current
    {
        get
        {
            var tab = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query).GetValueOrDefault("tab").ToString();
            return Tabs.Any(t => t.Id == tab) ? tab : "inbox";
        }
    }

    public void Dispose() => Navigation.LocationChanged -= LocationChanged;

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += LocationChanged;
        try
        {
            _administrator = await User.IsAtLeastAsync(PortalRole.Administrator);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            // The open tab tells of the fault.
        }
    }

    private void LocationChanged(object? sender, LocationChangedEventArgs change) => _ = InvokeAsync(StateHasChanged);
}
